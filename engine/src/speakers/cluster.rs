//! Which stretches of a recording have the same speaker.

use super::{
    Embedding,
    centroid::{Centroid, greatest, usable},
    linkage::{Weighted, joins},
    tuning::{FOUNDING, SAME, length},
};

/// Stretches that are compared with each other, at most: the longest. Their similarities take 16 MB.
const COMPARED: usize = 2000;

/// A part of a recording in which one person speaks.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    /// Where it begins, in seconds.
    pub start: f64,
    /// Where it ends, in seconds.
    pub end: f64,
    /// What its voice is like.
    pub embedding: Embedding,
}

/// How many speakers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// So many where it is known, unless there are fewer stretches; 0 counts as 1.
    pub exact: Option<usize>,
    /// At most so many where it is not known; 0 counts as 1.
    pub most: usize,
}

impl Stretch {
    /// How long it is; never 0, so that it can be divided by.
    pub(super) fn seconds(&self) -> f32 {
        usable((self.end - self.start) as f32)
    }

    /// The seconds that its voice can be told from.
    fn heard(&self) -> f32 {
        let silent = self.embedding.values().iter().all(|value| *value == 0.0);
        if silent { 0.0 } else { self.seconds() }
    }
}

/// The speaker of each stretch, which are given in order of time: numbers from 0 on, in order of first appearance.
///
/// Stretches are joined by average linkage while they are alike, or until as many speakers are left as are wanted;
/// seconds are weights. Stretches of less than 1.2 s, which sound like many people, then get the speaker most like
/// them, and so do those beyond the longest 2000, which bounds time and memory. The result depends on nothing but
/// the arguments.
pub fn cluster(stretches: &[Stretch], count: Count) -> Vec<usize> {
    let founders = founders(stretches, count.exact.unwrap_or(1));
    let groups = grouped(stretches, &founders, count);
    let mut centroids: Vec<(usize, Centroid)> = Vec::new();
    let mut speakers = vec![None; stretches.len()];
    for (&founder, group) in founders.iter().zip(groups) {
        let known = centroids.iter().position(|(found, _)| *found == group);
        let speaker = known.unwrap_or(centroids.len());
        if known.is_none() {
            centroids.push((group, Centroid::default()));
        }
        let stretch = &stretches[founder];
        centroids[speaker]
            .1
            .add(&stretch.embedding, stretch.seconds());
        speakers[founder] = Some(speaker);
    }
    let voices: Vec<Embedding> = centroids.iter().map(|(_, found)| found.voice()).collect();
    let speakers = speakers.iter().zip(stretches).map(|(speaker, stretch)| {
        let alike = voices
            .iter()
            .map(|voice| voice.similarity(&stretch.embedding));
        speaker.unwrap_or_else(|| greatest(alike).map_or(0, |(place, _)| place))
    });
    in_order(speakers)
}

/// Places of the stretches that speakers are made of, ascending.
fn founders(stretches: &[Stretch], least: usize) -> Vec<usize> {
    let mut founders: Vec<usize> = (0..stretches.len()).collect();
    // Sorting keeps the order of those that are equally long.
    founders.sort_by(|&a, &b| stretches[b].heard().total_cmp(&stretches[a].heard()));
    let long = founders.partition_point(|&place| stretches[place].heard() >= FOUNDING);
    founders.truncate(long.max(least).clamp(1, COMPARED));
    founders.sort_unstable();
    founders
}

/// The group of each founder, told by the first founder in it.
fn grouped(stretches: &[Stretch], founders: &[usize], count: Count) -> Vec<usize> {
    let voices: Vec<Weighted<'_>> = founders
        .iter()
        .map(|&place| Weighted {
            voice: &stretches[place].embedding,
            weight: stretches[place].seconds(),
            length: length(stretches[place].seconds()),
        })
        .collect();
    let joins = joins(&voices);
    let until = |speakers: usize| founders.len().saturating_sub(speakers.max(1));
    let wanted = match count.exact {
        Some(exact) => until(exact),
        None => joins
            .partition_point(|join| join.similarity >= SAME)
            .max(until(count.most)),
    };
    let mut groups: Vec<usize> = (0..founders.len()).collect();
    for join in joins.iter().take(wanted) {
        let (left, right) = (first(&groups, join.left), first(&groups, join.right));
        groups[left.max(right)] = left.min(right);
    }
    (0..founders.len())
        .map(|place| first(&groups, place))
        .collect()
}

/// The first place of a group, to which places lead that lead to earlier ones.
fn first(groups: &[usize], mut place: usize) -> usize {
    while groups[place] != place {
        place = groups[place];
    }
    place
}

/// Numbers from 0 on in order of first appearance.
fn in_order(speakers: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut seen: Vec<usize> = Vec::new();
    speakers
        .map(|speaker| {
            let place = seen.iter().position(|&other| other == speaker);
            place.unwrap_or_else(|| {
                seen.push(speaker);
                seen.len() - 1
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;

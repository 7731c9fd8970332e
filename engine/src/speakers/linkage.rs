//! The order in which groups of voices are most alike.
//!
//! Agglomerative clustering by average linkage, found by chains of nearest neighbours (Murtagh 1983): from any group
//! to the one most like it, and on, until two groups are most like each other and are joined. The time is
//! proportional to the square of the number of voices and so is the memory.

use super::Embedding;

/// A voice, how much it counts, e.g. the seconds it was heard, and its length as in [`super::tuning::length`].
#[derive(Clone, Copy)]
pub(super) struct Weighted<'a> {
    pub(super) voice: &'a Embedding,
    pub(super) weight: f32,
    pub(super) length: f32,
}

/// Two groups that belong together, each told by one of its voices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Join {
    pub(super) left: usize,
    pub(super) right: usize,
    /// The weighted mean similarity of one group's voices to the other's.
    pub(super) similarity: f32,
}

/// All joins until one group is left, the most similar first.
pub(super) fn joins(voices: &[Weighted<'_>]) -> Vec<Join> {
    let mut groups = Groups::new(voices);
    let mut joins = Vec::with_capacity(voices.len());
    let mut chain: Vec<usize> = Vec::new();
    while groups.active.len() > 1 {
        let top = *chain.last().unwrap_or(&groups.active[0]);
        if chain.is_empty() {
            chain.push(top);
        }
        let before = chain.len().checked_sub(2).map(|place| chain[place]);
        let (next, similarity) = groups.nearest(top, before);
        if Some(next) == before {
            chain.truncate(chain.len() - 2);
            let (left, right) = (top.min(next), top.max(next));
            groups.join(left, right);
            joins.push(Join {
                left,
                right,
                similarity,
            });
        } else {
            chain.push(next);
        }
        // A chain grows more similar with every link and so has no circles, except where a join was rounded.
        if chain.len() > groups.active.len() {
            chain.clear();
        }
    }
    joins.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
    joins
}

struct Groups {
    /// `[voices][voices]`, the same on both sides of the diagonal; a group has the place of its first voice.
    similarities: Vec<f32>,
    count: usize,
    weights: Vec<f32>,
    /// Places of groups that were not joined to another, ascending.
    active: Vec<usize>,
}

impl Groups {
    fn new(voices: &[Weighted<'_>]) -> Self {
        let count = voices.len();
        let mut similarities = vec![0.0; count * count];
        for (left, a) in voices.iter().enumerate() {
            for (right, b) in voices[..left].iter().enumerate() {
                let similarity = a.length * b.length * a.voice.similarity(b.voice);
                similarities[left * count + right] = similarity;
                similarities[right * count + left] = similarity;
            }
        }
        Self {
            similarities,
            count,
            weights: voices.iter().map(|voice| voice.weight).collect(),
            active: (0..count).collect(),
        }
    }

    /// The group most similar to one of at least two; of equals the preferred one, else the first.
    fn nearest(&self, group: usize, preferred: Option<usize>) -> (usize, f32) {
        let row = &self.similarities[group * self.count..][..self.count];
        let mut best = preferred.map(|preferred| (preferred, row[preferred]));
        for &other in self.active.iter().filter(|&&other| other != group) {
            if best.is_none_or(|(_, similarity)| row[other] > similarity) {
                best = Some((other, row[other]));
            }
        }
        best.unwrap_or((group, 0.0))
    }

    /// The right group becomes a part of the left one (Lance & Williams 1967).
    fn join(&mut self, left: usize, right: usize) {
        let (a, b) = (self.weights[left], self.weights[right]);
        self.active.retain(|&group| group != right);
        self.weights[left] = a + b;
        for &other in &self.active {
            let similarity = (a * self.similarities[left * self.count + other]
                + b * self.similarities[right * self.count + other])
                / (a + b);
            self.similarities[left * self.count + other] = similarity;
            self.similarities[other * self.count + left] = similarity;
        }
    }
}

#[cfg(test)]
mod tests;

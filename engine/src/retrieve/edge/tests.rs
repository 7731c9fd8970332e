//! The contract, and what only a folder can get wrong.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::retrieve::{
    Ranking,
    contract::{self, DIMENSIONS, ids, point},
};

const NORTH: [f32; 4] = [1.0, 0.0, 0.0, 0.0];

fn open(folder: &TempDir) -> EdgeStore {
    EdgeStore::open(folder.path(), DIMENSIONS).unwrap()
}

fn find(store: &EdgeStore) -> Vec<u128> {
    let ranking = Ranking::ReciprocalRank { k: 60 };
    ids(store, "wing", &NORTH, ranking, Filter::default())
}

#[test]
fn contract() {
    let folder = TempDir::new().unwrap();
    contract::run(&open(&folder));
}

#[test]
fn what_was_written_is_there_after_reopening() {
    let folder = TempDir::new().unwrap();
    for round in 0..3 {
        let store = open(&folder);
        assert_eq!(store.count().unwrap(), round);
        store
            .upsert(&[point(round as u128, 1, NORTH, "wing")])
            .unwrap();
    }
    let store = open(&folder);
    assert_eq!(find(&store).len(), 3);
    store.delete_document(Uuid::from_u128(1)).unwrap();
    drop(store);
    assert_eq!(open(&folder).count().unwrap(), 0);
}

/// A copy of the files while the store is open is what a killed process leaves behind, or less.
#[test]
fn what_was_written_survives_a_kill() {
    let (folder, copy) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = open(&folder);
    store
        .upsert(&[point(1, 1, NORTH, "wing"), point(2, 2, NORTH, "wing")])
        .unwrap();
    store.delete_document(Uuid::from_u128(2)).unwrap();
    copy_folder(folder.path(), copy.path());
    assert_eq!(find(&open(&copy)), [1]);
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn optimizing_changes_no_result() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let points: Vec<Point> = (0..2_000)
        .map(|id| point(id, id % 10, [1.0, id as f32, 0.0, 0.0], "wing"))
        .collect();
    store.upsert(&points).unwrap();
    for document in 0..5 {
        store.delete_document(Uuid::from_u128(document)).unwrap();
    }
    let nearest = || ids(&store, "", &NORTH, Ranking::Dense, Filter::default());
    let before = nearest();
    store.optimize().unwrap();
    assert_eq!(nearest(), before);
    assert_eq!(store.count().unwrap(), 1_000);
    store.upsert(&[point(5, 5, NORTH, "wing")]).unwrap();
    drop(store);
    assert_eq!(open(&folder).count().unwrap(), 1_000);
}

#[test]
fn searches_and_writes_at_the_same_time() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    std::thread::scope(|scope| {
        for writer in 0..2_u128 {
            let store = &store;
            scope.spawn(move || {
                for id in 0..20 {
                    store
                        .upsert(&[point(writer * 100 + id, writer, NORTH, "wing")])
                        .unwrap();
                }
            });
        }
        scope.spawn(|| (0..40).for_each(|_| drop(find(&store))));
        scope.spawn(|| (0..3).for_each(|_| store.optimize().unwrap()));
    });
    assert_eq!(store.count().unwrap(), 40);
}

fn refusal(folder: &TempDir, dimensions: usize) -> String {
    match EdgeStore::open(folder.path(), dimensions) {
        Ok(_) => panic!("opened"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn one_process_at_a_time() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    assert!(refusal(&folder, DIMENSIONS).contains("is open already"));
    drop(store);
    open(&folder);
}

#[test]
fn other_vectors_need_another_folder() {
    let folder = TempDir::new().unwrap();
    drop(open(&folder));
    let message = refusal(&folder, 5);
    assert!(
        message.contains("4 dimensions") && message.contains("5 dimensions"),
        "{message}"
    );
}

#[test]
fn a_damaged_folder_says_what_to_do() {
    let folder = TempDir::new().unwrap();
    open(&folder).upsert(&[point(1, 1, NORTH, "wing")]).unwrap();
    let segments = folder.path().join("shard/segments");
    let segment = fs::read_dir(segments)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    fs::write(segment.join("segment.json"), "{").unwrap();
    let message = refusal(&folder, DIMENSIONS);
    assert!(
        message.contains("is damaged") && message.contains("delete the folder"),
        "{message}"
    );
}

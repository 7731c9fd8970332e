//! Passwords as rows have them: argon2id, off the threads that serve requests.
//!
//! Each computation takes 19 MiB and some 20 ms of one processor, so no more run at once than
//! there are processors, and no more wait than would be answered in time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use axum::http::StatusCode;
use tokio::sync::Semaphore;

use crate::{http::Fault, ports::Randomness};

/// OWASP's parameters for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Waiting computations for each running one; beyond that a request is told to come back.
const WAITING: usize = 64;

/// What an account that does not exist is compared with, so that it takes the same time.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5aGFzdGhpc3NhbHQ$wrKnkWPzNQEQf6c1xhxVcNYzGNBL4N3RfG0CiVpa9Zs";

/// Computes and compares; clones share the limit.
#[derive(Clone)]
pub struct PasswordHashing {
    running: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    most_waiting: usize,
    randomness: Arc<dyn Randomness>,
}

/// What a comparison found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// Whether it is the password.
    pub same: bool,
    /// Whether it was made with other parameters than today's and should be made anew.
    pub outdated: bool,
}

impl PasswordHashing {
    /// At most `threads` at a time; 0 takes one for each processor.
    pub fn new(threads: usize, randomness: Arc<dyn Randomness>) -> Self {
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if threads == 0 { processors() } else { threads };
        Self {
            running: Arc::new(Semaphore::new(threads)),
            waiting: Arc::default(),
            most_waiting: threads * WAITING,
            randomness,
        }
    }

    /// The PHC string of a password, with a salt of its own.
    ///
    /// # Errors
    /// 503 when too many wait already.
    pub async fn hash(&self, password: String) -> Result<String, Fault> {
        let mut salt = [0; 16];
        self.randomness.fill(&mut salt);
        let work = move || hasher()?.hash_password_with_salt(password.as_bytes(), &salt);
        let hash: PasswordHash = self.run(work).await?.map_err(Fault::internal)?;
        Ok(hash.to_string())
    }

    /// Compares a password with a row's, or with nobody's: that takes as long.
    ///
    /// # Errors
    /// 503 when too many wait already.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<Match, Fault> {
        let exists = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let found = self.run(move || compare(&password, &hash)).await?;
        let found = found.map_err(Fault::internal)?;
        Ok(Match {
            same: found.same && exists,
            ..found
        })
    }

    /// Whether the password is one of these.
    ///
    /// # Errors
    /// 503 when too many wait already.
    pub async fn is_one_of(&self, password: &str, hashes: Vec<String>) -> Result<bool, Fault> {
        for hash in hashes {
            if self.verify(password.to_owned(), Some(hash)).await?.same {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let _place = self.place()?;
        let permit = Arc::clone(&self.running).acquire_owned().await;
        let permit = permit.map_err(Fault::internal)?;
        // The permit goes with the work: a request that is given up leaves no room it does not have.
        let work = move || {
            let result = work();
            drop(permit);
            result
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(Fault::internal)
    }

    fn place(&self) -> Result<Place, Fault> {
        let place = Place(Arc::clone(&self.waiting));
        if self.waiting.fetch_add(1, Ordering::Relaxed) < self.most_waiting {
            return Ok(place);
        }
        let message = "too many passwords are being checked; try again in a moment";
        let mut fault = Fault::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", message);
        fault.retry_after = Some(Duration::from_secs(2));
        Err(fault)
    }
}

/// A place in the queue, given back when dropped.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn hasher() -> argon2::password_hash::Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|_| argon2::password_hash::Error::ParamsInvalid)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn compare(password: &str, hash: &str) -> argon2::password_hash::Result<Match> {
    let hasher = hasher()?;
    let hash =
        PasswordHash::new(hash).map_err(|_| argon2::password_hash::Error::EncodingInvalid)?;
    let today = hasher.params();
    let outdated = Params::try_from(&hash).map_or(true, |made| {
        (made.m_cost(), made.t_cost(), made.p_cost())
            != (today.m_cost(), today.t_cost(), today.p_cost())
    });
    let same = hasher.verify_password(password.as_bytes(), &hash).is_ok();
    Ok(Match { same, outdated })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::SeededRandomness;

    fn hashing(threads: usize) -> PasswordHashing {
        PasswordHashing::new(threads, Arc::new(SeededRandomness::default()))
    }

    #[tokio::test]
    async fn only_the_password_matches_and_salts_differ() {
        let hashing = hashing(2);
        let hash = hashing.hash("correct horse".into()).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert_ne!(hash, hashing.hash("correct horse".into()).await.unwrap());
        let check = async |password: &str, hash: Option<String>| {
            hashing.verify(password.into(), hash).await.unwrap()
        };
        let right = check("correct horse", Some(hash.clone())).await;
        assert_eq!((right.same, right.outdated), (true, false));
        assert!(!check("correct hors", Some(hash.clone())).await.same);
        assert!(!check("nobody", None).await.same);
        let others = vec![hashing.hash("other".into()).await.unwrap(), hash];
        assert!(
            hashing
                .is_one_of("correct horse", others.clone())
                .await
                .unwrap()
        );
        assert!(!hashing.is_one_of("another", others).await.unwrap());
    }

    #[tokio::test]
    async fn weaker_parameters_are_outdated() {
        let params = Params::new(8 * 1024, 1, 1, None).unwrap();
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash: PasswordHash = weak
            .hash_password_with_salt(b"correct horse", b"sixteen bytes ok")
            .unwrap();
        let found = hashing(1)
            .verify("correct horse".into(), Some(hash.to_string()))
            .await
            .unwrap();
        assert_eq!((found.same, found.outdated), (true, true));
    }

    #[tokio::test]
    async fn a_full_queue_refuses() {
        let hashing = hashing(1);
        let many = (0..WAITING + 40).map(|_| hashing.verify("x".into(), None));
        let results = futures::future::join_all(many).await;
        let refused: Vec<_> = results.into_iter().filter_map(Result::err).collect();
        assert_eq!(refused.len(), 40);
        assert_eq!(refused[0].status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(hashing.verify("x".into(), None).await.is_ok());
    }
}

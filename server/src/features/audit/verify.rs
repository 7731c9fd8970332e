//! Walking the chain: is everything there, in its place and as it was written?
//!
//! checkpoint (or the very beginning) -> events in pages, each hashed again -> the sealed end. What this
//! cannot see is an older copy of the whole database in the place of the present one, or a log
//! that was emptied as if it had never begun: so keep the end of each verification somewhere
//! else, and give it to the next one as an [`Anchor`].

use std::{fmt, str::FromStr};

use sea_orm::{ConnectionTrait, DbErr};
use serde::Serialize;

use super::{
    AuditKey,
    chain::{hexadecimal, same},
    store,
};
use crate::entity::{audit_checkpoint, audit_event, audit_head};

/// Events read at a time.
const PAGE: u64 = 1_000;

/// What came of a verification.
#[derive(Debug, Clone, Serialize)]
pub struct Verification {
    /// Whether nothing is wrong.
    pub intact: bool,
    /// Events that were found right.
    pub checked: u64,
    /// Where the chain begins: the event behind the newest checkpoint.
    pub first: i64,
    /// Where it ends, as `sequence:hash`; keep it for the next verification.
    pub end: Option<Anchor>,
    /// The first thing that is wrong.
    pub fault: Option<ChainFault>,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainFault {
    /// The first event that is concerned.
    pub sequence: i64,
    /// What kind of fault.
    pub kind: FaultKind,
    /// The same in words.
    pub message: String,
}

/// Kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FaultKind {
    /// The event is not as it was written, or not where it was written.
    Altered,
    /// The event is gone.
    Removed,
    /// The event was never written by this server.
    Inserted,
    /// The end of the chain was changed.
    End,
    /// The checkpoint was changed.
    Checkpoint,
    /// The event that was given as an anchor is not the same any more.
    Anchor,
}

impl ChainFault {
    fn new(kind: FaultKind, sequence: i64) -> Self {
        let message = match kind {
            FaultKind::Altered => format!("event {sequence} was altered or moved"),
            FaultKind::Removed => format!("event {sequence} was removed"),
            FaultKind::Inserted => format!("event {sequence} was inserted"),
            FaultKind::End => format!("the end of the chain, event {sequence}, was changed"),
            FaultKind::Checkpoint => {
                format!(
                    "the checkpoint behind which events up to {sequence} were removed was changed"
                )
            }
            FaultKind::Anchor => {
                format!("event {sequence} is not the one that was given as an anchor")
            }
        };
        Self {
            sequence,
            kind,
            message,
        }
    }
}

/// An event by its place and hash, written as `sequence:hash`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Its place.
    pub sequence: i64,
    /// Its hash in hexadecimal digits.
    pub hash: String,
}

impl fmt::Display for Anchor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.sequence, self.hash)
    }
}

impl Serialize for Anchor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Anchor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once(':');
        let parsed = parts.and_then(|(sequence, hash)| {
            Some(Self {
                sequence: sequence.parse().ok()?,
                hash: hash.to_ascii_lowercase(),
            })
        });
        parsed.ok_or_else(|| {
            format!(
                "`{text}` is no anchor; give SEQUENCE:HASH as an earlier verification printed it"
            )
        })
    }
}

/// How far a walk along the chain has come.
pub(super) struct Walk<'a> {
    key: &'a AuditKey,
    anchor: Option<&'a Anchor>,
    /// The event it stands on.
    pub sequence: i64,
    /// That event's hash.
    pub hash: Vec<u8>,
    checked: u64,
}

impl<'a> Walk<'a> {
    /// From the checkpoint, or from the very beginning.
    pub fn begin(
        key: &'a AuditKey,
        checkpoint: Option<audit_checkpoint::Model>,
        anchor: Option<&'a Anchor>,
    ) -> Result<Self, ChainFault> {
        let (sequence, hash) = match checkpoint {
            None => (0, Vec::new()),
            Some(row) if key.sealed_checkpoint(&row) => (row.sequence, row.hash),
            Some(row) => return Err(ChainFault::new(FaultKind::Checkpoint, row.sequence)),
        };
        let walk = Self {
            key,
            anchor,
            sequence,
            hash,
            checked: 0,
        };
        walk.compare_anchor()?;
        Ok(walk)
    }

    /// On to the next event.
    pub fn step(&mut self, row: &audit_event::Model) -> Result<(), ChainFault> {
        let expected = self.sequence + 1;
        if row.sequence < expected {
            return Err(ChainFault::new(FaultKind::Inserted, row.sequence));
        }
        if row.sequence > expected {
            return Err(ChainFault::new(FaultKind::Removed, expected));
        }
        let right = same(&row.previous_hash, &self.hash)
            && same(&self.key.event(&self.hash, row), &row.hash);
        if !right {
            return Err(ChainFault::new(FaultKind::Altered, expected));
        }
        self.sequence = expected;
        self.hash.clone_from(&row.hash);
        self.checked += 1;
        self.compare_anchor()
    }

    /// The last event must be the one that the end was sealed with.
    fn arrive(&self, head: Option<&audit_head::Model>) -> Result<(), ChainFault> {
        let end = || ChainFault::new(FaultKind::End, self.sequence);
        let head = head.ok_or_else(end)?;
        if !self.key.sealed_head(head) {
            return Err(end());
        }
        if head.sequence > self.sequence {
            return Err(ChainFault::new(FaultKind::Removed, self.sequence + 1));
        }
        if head.sequence < self.sequence {
            return Err(ChainFault::new(FaultKind::Inserted, head.sequence + 1));
        }
        if !same(&head.hash, &self.hash) {
            return Err(end());
        }
        match self.anchor {
            Some(anchor) if anchor.sequence > self.sequence => {
                Err(ChainFault::new(FaultKind::Removed, self.sequence + 1))
            }
            _ => Ok(()),
        }
    }

    /// An anchor that lies before the beginning was removed rightly, and says nothing any more.
    fn compare_anchor(&self) -> Result<(), ChainFault> {
        match self.anchor {
            Some(anchor)
                if anchor.sequence == self.sequence && anchor.hash != hexadecimal(&self.hash) =>
            {
                Err(ChainFault::new(FaultKind::Anchor, self.sequence))
            }
            _ => Ok(()),
        }
    }
}

/// Walks the whole chain. `database` must show one state throughout.
pub(super) async fn verify(
    database: &impl ConnectionTrait,
    key: &AuditKey,
    anchor: Option<&Anchor>,
) -> Result<Verification, DbErr> {
    let head = store::head(database).await?;
    let checkpoint = store::checkpoint(database).await?;
    let mut verification = Verification {
        intact: false,
        checked: 0,
        first: checkpoint.as_ref().map_or(0, |row| row.sequence) + 1,
        end: None,
        fault: None,
    };
    let mut walk = match Walk::begin(key, checkpoint, anchor) {
        Ok(walk) => walk,
        Err(fault) => {
            verification.fault = Some(fault);
            return Ok(verification);
        }
    };
    let outcome = follow(database, &mut walk).await?;
    let outcome = outcome.and_then(|()| walk.arrive(head.as_ref()));
    verification.checked = walk.checked;
    verification.fault = outcome.err();
    verification.intact = verification.fault.is_none();
    if verification.intact {
        verification.end = Some(Anchor {
            sequence: walk.sequence,
            hash: hexadecimal(&walk.hash),
        });
    }
    Ok(verification)
}

/// Steps over all events, those before the beginning too: there must be none.
async fn follow(
    database: &impl ConnectionTrait,
    walk: &mut Walk<'_>,
) -> Result<Result<(), ChainFault>, DbErr> {
    let mut after = i64::MIN;
    loop {
        let rows = store::following(database, after, PAGE).await?;
        let Some(last) = rows.last() else {
            return Ok(Ok(()));
        };
        after = last.sequence;
        if let Err(fault) = rows.iter().try_for_each(|row| walk.step(row)) {
            return Ok(Err(fault));
        }
    }
}

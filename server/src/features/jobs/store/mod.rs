//! Rows of jobs and schedules.
//!
//! Every change of a job's state is one conditional UPDATE that names the state it expects, and
//! for a job in work the lease too. Whoever finds no row changed has lost the race and does
//! nothing; so no lock is held between two statements, and it works the same on both databases.

mod administration;
mod claim;
mod queue;
mod schedule;
mod statistics;

pub use administration::{JobFilter, cancel, find, list, run_again};
pub use claim::{
    Claim, Held, bury, bury_abandoned, candidates, claim, complete, postpone, release, renew,
};
pub use queue::{delete_finished, insert, unfinished};
pub use schedule::{change, due_schedules, fire, register, schedules};
pub use statistics::{Depth, count_dead, count_waiting, depths};

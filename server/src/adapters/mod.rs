//! Real backends of the [`crate::ports`], one file each.

mod file_mailer;
mod gcra;
mod jitter;
mod mail_message;
mod memory_rate_limiter;
mod moka_cache;
mod redis;
mod smtp_mailer;
mod system_clock;
mod system_randomness;

pub use file_mailer::FileMailer;
pub use memory_rate_limiter::MemoryRateLimiter;
pub use moka_cache::MokaCache;
pub use redis::{RedisCache, RedisLink, RedisRateLimiter};
pub use smtp_mailer::SmtpMailer;
pub use system_clock::SystemClock;
pub use system_randomness::SystemRandomness;

#[cfg(test)]
mod cache_contract;
#[cfg(test)]
mod fixed_clock;
#[cfg(test)]
mod memory_mailer;
#[cfg(test)]
mod rate_limiter_contract;
#[cfg(test)]
mod seeded_randomness;

#[cfg(test)]
pub use fixed_clock::FixedClock;
#[cfg(test)]
pub use memory_mailer::MemoryMailer;
#[cfg(test)]
pub use seeded_randomness::SeededRandomness;
#[cfg(test)]
mod settable_clock;
#[cfg(test)]
pub use settable_clock::SettableClock;

//! Redis, for what several processes share.
//!
//! [`RedisLink`] keeps the connection and knows whether Redis is there; [`RedisCache`] and
//! [`RedisRateLimiter`] send one small Lua script per operation through it, each of which is
//! atomic and takes one round trip. The scripts name keys that they compute, so they need a
//! single Redis (with or without replicas), not a cluster.

mod cache;
mod link;
mod rate_limiter;
#[cfg(test)]
mod testing;

pub use cache::RedisCache;
pub use link::RedisLink;
pub use rate_limiter::RedisRateLimiter;

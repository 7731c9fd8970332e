//! What all ways to be heard live share: `/v1/listen`, `/v1/realtime` and voice assistants.
//!
//! request -> [`Opening`] (who asks, from where, for a WebSocket or not) -> [`Admitted`](opening::Admitted) (a place
//! among [`Places`], of all and of its caller) -> upgrade -> [`Standing`], which a session holds while it lasts: the
//! place, and word of what ends it from outside ([`Over`]): the server stops, or the caller's [`Permission`] is gone.
//! What a session hears with is [`Measured`], which counts what it heard however it ends.

mod holder;
mod measured;
mod opening;
mod permission;
mod places;
mod standing;
mod web_socket;

pub use holder::Holder;
pub use measured::{Measured, count_stream};
pub use opening::{Live, Opening};
pub use permission::{Bearer, Permission, Watch};
pub use places::{Full, Place, Places, too_many};
pub use standing::{Over, Standing};
pub use web_socket::close;

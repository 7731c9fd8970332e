//! The proof that a check of permission was made.

use std::marker::PhantomData;

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};

use super::{Caller, Requester, Scope};
use crate::http::{Fault, Origin};

/// A caller who may do what `P` stands for. As a handler's argument it refuses all others with 403
/// before the handler runs.
#[derive(Debug, Clone, Copy)]
pub struct Authorized<P> {
    caller: Caller,
    permission: PhantomData<P>,
}

/// A scope as a type.
pub trait Permission: Send + Sync {
    /// The scope.
    const SCOPE: Scope;
}

/// One type for each scope.
pub mod permission {
    use super::{Permission, Scope};

    macro_rules! permissions {
        ($($(#[$documentation:meta])* $name:ident),+ $(,)?) => {
            $($(#[$documentation])* #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl Permission for $name {
                const SCOPE: Scope = Scope::$name;
            })+
        };
    }

    permissions! {
        /// Read documents.
        DocumentsRead,
        /// Add, change and remove documents.
        DocumentsWrite,
        /// All below `/v1`.
        EngineUse,
        /// API keys.
        KeysManage,
        /// Members and invitations.
        MembersManage,
        /// The organisation itself.
        OrganisationManage,
        /// The organisation's audit log.
        AuditRead,
        /// Usage and errors.
        UsageRead,
        /// One's own account.
        AccountManage,
        /// The server as a whole.
        InstanceManage,
    }
}

impl<P: Permission> Authorized<P> {
    /// Checks a caller.
    ///
    /// # Errors
    /// 403 that names the scope when the caller lacks it.
    pub fn check(caller: Caller) -> Result<Self, Fault> {
        if caller.may(P::SCOPE) {
            return Ok(Self {
                caller,
                permission: PhantomData,
            });
        }
        let scope = P::SCOPE.name();
        let message = match P::SCOPE.least_role() {
            Some(role) => format!(
                "this needs the scope `{scope}`, which the role `{}` has; use a key with that scope or ask an administrator",
                role.name()
            ),
            None if P::SCOPE == Scope::AccountManage => {
                "this is about a person's own account: log in, an API key does not do".to_owned()
            }
            None => format!(
                "this needs the scope `{scope}`: a key made by `locutor keys create --admin`, or an account made by `locutor users create --admin`"
            ),
        };
        Err(Fault::new(StatusCode::FORBIDDEN, "scope_required", message))
    }

    /// Who it is.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The caller as somebody who asks from there.
    pub fn from(&self, origin: Origin) -> Requester {
        Requester {
            caller: self.caller,
            origin,
        }
    }
}

impl<S, P> FromRequestParts<S> for Authorized<P>
where
    S: Send + Sync,
    P: Permission,
{
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Fault> {
        let caller = parts.extensions.get::<Caller>().copied();
        let caller = caller.ok_or_else(|| {
            Fault::internal("a route that checks its caller lies outside the layer that finds it")
        })?;
        Self::check(caller)
    }
}

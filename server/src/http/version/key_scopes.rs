//! Version 2026-11-26: an API key has `scopes`, a list of names. Before, it had a `role`, `admin` or
//! `client`, and was created with `admin: true` or `false`.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::{
    registry::{KEY_SCOPES, Version},
    transform::Transform,
};
use crate::{
    access::{Role, Scope, ScopeSet},
    http::Fault,
};

/// Turns roles of keys into scopes and back.
pub struct KeyScopes;

impl Transform for KeyScopes {
    fn made_by(&self) -> Version {
        KEY_SCOPES
    }

    fn concerns(&self, method: &Method, pattern: &str) -> bool {
        match pattern {
            "/admin/keys" => method == Method::GET || method == Method::POST,
            "/admin/keys/{id}" => method == Method::GET || method == Method::DELETE,
            _ => false,
        }
    }

    fn request(&self, body: &mut Value) -> Result<(), Fault> {
        let Some(fields) = body.as_object_mut() else {
            return Ok(());
        };
        if fields.contains_key("scopes") {
            let message = format!(
                "is not known to version 2026-11-23; send `admin`, or `Api-Version: {}`",
                KEY_SCOPES.date()
            );
            return Err(Fault::invalid("scopes", message));
        }
        let scopes = match fields.shift_remove("admin") {
            None | Some(Value::Bool(false)) => Role::Editor.scopes(),
            Some(Value::Bool(true)) => everything(),
            Some(_) => return Err(Fault::invalid("admin", "must be true or false")),
        };
        fields.insert("scopes".to_owned(), json!(scopes));
        Ok(())
    }

    fn reply(&self, body: &mut Value) {
        let Some(fields) = body.as_object_mut() else {
            return;
        };
        match fields.get_mut("data") {
            Some(Value::Array(keys)) => keys
                .iter_mut()
                .filter_map(Value::as_object_mut)
                .for_each(with_role),
            _ => with_role(fields),
        }
    }
}

/// What an administrator's key could do: all that a key can.
fn everything() -> ScopeSet {
    Scope::ALL
        .into_iter()
        .filter(|scope| *scope != Scope::AccountManage)
        .collect()
}

fn with_role(key: &mut Map<String, Value>) {
    let Some(Value::Array(scopes)) = key.shift_remove("scopes") else {
        return;
    };
    let administrator = Scope::InstanceManage.name();
    let role = if scopes.iter().any(|scope| scope == administrator) {
        "admin"
    } else {
        "client"
    };
    key.insert("role".to_owned(), role.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(mut body: Value) -> Result<Value, Fault> {
        KeyScopes.request(&mut body).map(|()| body)
    }

    #[test]
    fn a_role_becomes_scopes_and_scopes_a_role() {
        for (admin, role) in [(json!({"admin": true}), "admin"), (json!({}), "client")] {
            let mut key = translated(admin).unwrap();
            assert!(key.get("admin").is_none(), "{key}");
            let scopes: ScopeSet = serde_json::from_value(key["scopes"].clone()).unwrap();
            assert_eq!(scopes.contains(Scope::KeysManage), role == "admin");
            assert!(scopes.contains(Scope::DocumentsWrite));
            let mut list = json!({"data": [key.clone()]});
            KeyScopes.reply(&mut list);
            KeyScopes.reply(&mut key);
            assert_eq!(key, json!({"role": role}));
            assert_eq!(list["data"][0], key);
        }
    }

    #[test]
    fn what_the_old_version_did_not_know_is_refused() {
        let field = |body| translated(body).unwrap_err().fields[0].field.clone();
        assert_eq!(field(json!({"scopes": []})), "scopes");
        assert_eq!(field(json!({"admin": "yes"})), "admin");
    }
}

//! What was there before a migration is there after it.

use sea_orm::{ConnectionTrait, EntityTrait};
use sea_orm_migration::{MigratorTrait, prelude::Query};
use serde_json::json;
use uuid::Uuid;

use super::Migrator;
use crate::{
    access::{Role, Scope, ScopeSet},
    database::{insert, testing},
    entity::{api_key, document},
    features::organisations::FIRST,
};

#[tokio::test]
async fn documents_and_keys_of_the_first_schema_belong_to_the_first_organisation() {
    for test in testing::each_empty().await {
        let writer = test.database.writer();
        Migrator::up(writer, Some(1)).await.unwrap();
        let mut document = Query::insert();
        document
            .into_table("document")
            .columns([
                "id",
                "external_id",
                "title",
                "format",
                "tags",
                "content",
                "digest",
                "bytes",
                "chunks",
                "created_at",
                "updated_at",
            ])
            .values_panic([
                Uuid::from_u128(1).into(),
                "boats.md".into(),
                "Boats".into(),
                "markdown".into(),
                json!([]).into(),
                "".into(),
                vec![0u8; 32].into(),
                0i64.into(),
                0i32.into(),
                0i64.into(),
                0i64.into(),
            ]);
        writer.execute(&document).await.unwrap();
        let mut keys = Query::insert();
        keys.into_table("api_key").columns([
            "id",
            "name",
            "prefix",
            "digest",
            "admin",
            "created_at",
        ]);
        for (number, admin) in [(1, true), (2, false)] {
            keys.values_panic([
                Uuid::from_u128(number).into(),
                "key".into(),
                format!("loc_{number}").into(),
                vec![0u8; 32].into(),
                admin.into(),
                0i64.into(),
            ]);
        }
        writer.execute(&keys).await.unwrap();

        test.database.migrate().await.unwrap();

        let reader = test.database.reader();
        let kept = document::Entity::find().one(reader).await.unwrap().unwrap();
        assert_eq!(kept.external_id.as_deref(), Some("boats.md"));
        assert_eq!(kept.organisation_id, FIRST);
        let copy = |organisation_id| document::Model {
            id: Uuid::new_v4(),
            organisation_id,
            ..kept.clone()
        };
        insert(writer, copy(Uuid::from_u128(9)))
            .await
            .expect("another organisation has its own names");
        insert(writer, copy(FIRST))
            .await
            .expect_err("a name is for one document");
        for (number, admin) in [(1, true), (2, false)] {
            let key = api_key::Entity::find_by_id(Uuid::from_u128(number));
            let key = key.one(reader).await.unwrap().unwrap();
            let scopes = ScopeSet::from_text(&key.scopes);
            assert_eq!(scopes.contains(Scope::InstanceManage), admin);
            assert!(scopes.contains_all(Role::Editor.scopes()));
            assert_eq!(key.organisation_id, FIRST);
        }
    }
}

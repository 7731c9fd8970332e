//! Writing a new row.

use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    ModelTrait,
};

/// Inserts a row with every column as it is given, generated ones too.
///
/// # Errors
/// When the database fails, or the row breaks a rule of the schema.
pub async fn insert<M, A>(database: &impl ConnectionTrait, row: M) -> Result<(), DbErr>
where
    M: ModelTrait + IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = M::Entity> + ActiveModelBehavior,
{
    M::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(database)
        .await
        .map(drop)
}

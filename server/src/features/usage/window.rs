//! Sums over some minutes, for alert rules.

use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use super::{UsageService, store::total};
use crate::entity::{usage_error, usage_minute};

/// Statuses that say no to who asks, not to what is asked.
const REFUSALS: [i32; 3] = [401, 403, 429];

/// Which usage to add up.
#[derive(Debug, Clone)]
pub struct UsageWindow {
    /// From this minute on, in milliseconds since 1970.
    pub from: i64,
    /// Before this one.
    pub to: i64,
    /// Only this route, by its pattern.
    pub route: Option<String>,
    /// Only this organisation.
    pub organisation: Option<Uuid>,
}

/// The sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WindowSums {
    /// All requests.
    pub requests: i64,
    /// Those answered with 400 to 499.
    pub client_errors: i64,
    /// Those answered with 500 or more.
    pub server_errors: i64,
    /// Those answered with 401, 403 or 429.
    pub refusals: i64,
    /// How long all of them took together.
    pub milliseconds: i64,
}

#[derive(Debug, Default, FromQueryResult)]
struct Minutes {
    requests: Option<i64>,
    failures: Option<i64>,
    server_errors: Option<i64>,
    milliseconds: Option<i64>,
}

impl UsageService {
    /// Adds up a window.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn window(&self, window: &UsageWindow) -> Result<WindowSums, DbErr> {
        let reader = self.database.reader();
        let minutes = minutes(window).into_model::<Minutes>().one(reader).await?;
        let minutes = minutes.unwrap_or_default();
        let refusals: Option<Option<i64>> = refusals(window).into_tuple().one(reader).await?;
        let failures = minutes.failures.unwrap_or(0);
        let server_errors = minutes.server_errors.unwrap_or(0);
        Ok(WindowSums {
            requests: minutes.requests.unwrap_or(0),
            client_errors: failures.saturating_sub(server_errors),
            server_errors,
            refusals: refusals.flatten().unwrap_or(0),
            milliseconds: minutes.milliseconds.unwrap_or(0),
        })
    }
}

fn minutes(window: &UsageWindow) -> Select<usage_minute::Entity> {
    use usage_minute::{Column, Entity};
    let query = Entity::find()
        .select_only()
        .filter(Column::Minute.gte(window.from))
        .filter(Column::Minute.lt(window.to))
        .apply_if(window.route.as_deref(), |query, route| {
            query.filter(Column::Route.eq(route))
        })
        .apply_if(window.organisation, |query, id| {
            query.filter(Column::Organisation.eq(id))
        });
    [
        Column::Requests,
        Column::Failures,
        Column::ServerErrors,
        Column::Milliseconds,
    ]
    .into_iter()
    .fold(query, |query, column| {
        query.column_as(total(column), column)
    })
}

fn refusals(window: &UsageWindow) -> Select<usage_error::Entity> {
    use usage_error::{Column, Entity};
    Entity::find()
        .select_only()
        .filter(Column::Minute.gte(window.from))
        .filter(Column::Minute.lt(window.to))
        .filter(Column::Status.is_in(REFUSALS))
        .apply_if(window.route.as_deref(), |query, route| {
            query.filter(Column::Route.eq(route))
        })
        .apply_if(window.organisation, |query, id| {
            query.filter(Column::Organisation.eq(id))
        })
        .column_as(total(Column::Occurrences), Column::Occurrences)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::testing::{each, uses_index};

    #[tokio::test]
    async fn a_window_is_found_through_an_index() {
        for test in each().await {
            for organisation in [None, Some(Uuid::nil())] {
                let window = UsageWindow {
                    from: 0,
                    to: 1,
                    route: Some("/documents".into()),
                    organisation,
                };
                let kind = test.database.kind();
                for statement in [minutes(&window).build(kind), refusals(&window).build(kind)] {
                    let sql = statement.sql.clone();
                    assert!(uses_index(&test.database, statement).await, "{sql}");
                }
            }
        }
    }
}

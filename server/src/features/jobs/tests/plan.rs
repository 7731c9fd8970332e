//! The queries that run all day find their rows by an index, on both databases.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select, Statement,
};

use super::{Bed, beds};
use crate::entity::{
    job::{Column, Entity, JobState},
    schedule,
};

/// What the database would do, as one text.
async fn plan<E: EntityTrait>(bed: &Bed, query: Select<E>) -> String {
    let backend = bed.tools.database.kind();
    let query = query.build(backend).to_string();
    let explain = match backend {
        DbBackend::Sqlite => format!("EXPLAIN QUERY PLAN {query}"),
        _ => format!("EXPLAIN {query}"),
    };
    let transaction = bed.tools.database.begin().await.unwrap();
    if backend == DbBackend::Postgres {
        // Of a small table it would rather read everything.
        let refuse = "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off";
        transaction.execute_unprepared(refuse).await.unwrap();
    }
    let explain = Statement::from_string(backend, explain);
    let rows = transaction.query_all_raw(explain).await.unwrap();
    transaction.rollback().await.unwrap();
    let column = if backend == DbBackend::Sqlite {
        "detail"
    } else {
        "QUERY PLAN"
    };
    let lines: Vec<String> = rows
        .iter()
        .map(|row| row.try_get("", column).unwrap())
        .collect();
    lines.join("\n")
}

#[tokio::test]
async fn hot_queries_use_their_index() {
    for bed in beds().await {
        let of = |state: JobState| Entity::find().filter(Column::State.eq(state));
        let page = |query: Select<Entity>| query.order_by_desc(Column::Id).limit(50);
        let due = of(JobState::Waiting)
            .filter(Column::DueAt.lte(1))
            .filter(Column::Kind.is_in(["a", "b"]))
            .order_by_asc(Column::DueAt)
            .order_by_asc(Column::Id)
            .limit(12);
        let running = of(JobState::Running).filter(Column::LeaseUntil.lte(1));
        let finished = of(JobState::Done)
            .filter(Column::FinishedAt.lt(1))
            .order_by_asc(Column::FinishedAt)
            .limit(500);
        let by_kind = Entity::find().filter(Column::Kind.eq("a"));
        for (query, index) in [
            (due, "job_due"),
            (running, "job_"),
            (finished, "job_finished"),
            (page(of(JobState::Dead)), "job_state_page"),
            (page(by_kind), "job_kind_page"),
            (
                Entity::find().filter(Column::UniqueKey.eq("a")),
                "unique_key",
            ),
        ] {
            let plan = plan(&bed, query).await;
            let found =
                plan.contains(index) || (index == "unique_key" && plan.contains("autoindex"));
            assert!(found, "{index}: {plan}");
            assert!(
                !plan.contains("TEMP B-TREE") && !plan.contains("Sort"),
                "{index}: {plan}"
            );
        }
        let schedules = schedule::Entity::find().filter(schedule::Column::NextAt.lte(1));
        let plan = plan(&bed, schedules).await;
        assert!(plan.contains("schedule_due"), "{plan}");
    }
}

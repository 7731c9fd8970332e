//! Reading a list page by page.

use garde::Validate;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

/// Which page of a list whose rows are in the order of their ids.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Most entries to return, 1 to 200.
    #[serde(default = "default_limit")]
    #[garde(range(min = 1, max = 200))]
    #[param(default = 50, minimum = 1, maximum = 200)]
    pub limit: u64,
    /// `next` of the page before; absent for the first page.
    #[garde(skip)]
    #[param(value_type = Option<String>, format = "uuid")]
    pub after: Option<Uuid>,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            limit: default_limit(),
            after: None,
        }
    }
}

impl Page {
    /// How many rows to read: one more than asked for tells whether there is another page.
    pub fn rows(&self) -> u64 {
        self.limit + 1
    }

    /// The rows of this page, and what the next one comes after.
    pub fn cut<T>(&self, mut rows: Vec<T>, id: impl Fn(&T) -> Uuid) -> (Vec<T>, Option<Uuid>) {
        let more = rows.len() as u64 > self.limit;
        rows.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
        let next = rows.last().map(id).filter(|_| more);
        (rows, next)
    }
}

fn default_limit() -> u64 {
    50
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_too_many_is_only_counted() {
        let ids = |count| (1..=count).map(Uuid::from_u128).collect::<Vec<_>>();
        let page = Page {
            limit: 2,
            after: None,
        };
        assert_eq!(
            page.cut(ids(3), |id| *id),
            (ids(2), Some(Uuid::from_u128(2)))
        );
        assert_eq!(page.cut(ids(2), |id| *id), (ids(2), None));
        assert_eq!(page.cut(ids(0), |id| *id), (ids(0), None));
        assert_eq!(page.rows(), 3);
    }
}

//! The rate of each route beside that of the bare server, and its latency at half of that.

use std::time::Duration;

use anyhow::Result;

use super::{
    Route,
    paced::{self, Pace},
    wrk::{Question, Wrk},
};
use crate::comparison::median;

/// Connections that ask at the same time.
pub const CONNECTIONS: usize = 64;

/// What was measured of a route.
#[derive(Debug, Clone)]
pub struct Rates {
    /// Its name.
    pub name: &'static str,
    /// Bytes of its body.
    pub bytes: usize,
    /// Replies per second.
    pub ours: Vec<f64>,
    /// Those of the bare server, each right before ours of the same position.
    pub bare: Vec<f64>,
    /// Requests per second while latencies were measured.
    pub pace: f64,
    /// Their latencies in seconds: 50, 95 and 99 of 100 were not longer.
    pub latency: [f64; 3],
}

impl Rates {
    /// The median over pairs of our rate by the bare one.
    pub fn ratio(&self) -> f64 {
        let pairs = self.ours.iter().zip(&self.bare);
        median(&pairs.map(|(ours, bare)| ours / bare).collect::<Vec<_>>())
    }
}

/// Measures all routes.
///
/// # Errors
/// When a request fails.
pub fn measure(wrk: &Wrk, routes: &[Route], rounds: usize, time: Duration) -> Result<Vec<Rates>> {
    let mut found: Vec<Rates> = routes.iter().map(unmeasured).collect();
    for _ in 0..rounds {
        for (route, rates) in routes.iter().zip(&mut found) {
            let bare = Question::get(&route.bare, None);
            rates
                .bare
                .push(wrk.run_cleanly(&bare, CONNECTIONS, time)?.rate);
            rates
                .ours
                .push(wrk.run_cleanly(&asked(route), CONNECTIONS, time)?.rate);
        }
    }
    for (route, rates) in routes.iter().zip(&mut found) {
        rates.pace = median(&rates.ours) / 2.0;
        let pace = Pace {
            rate: rates.pace,
            connections: CONNECTIONS,
            time,
        };
        let latencies = paced::latencies(&asked(route), pace)?;
        rates.latency = [50.0, 95.0, 99.0].map(|percent| paced::percentile(&latencies, percent));
    }
    Ok(found)
}

/// The question to the measured server.
pub fn asked(route: &Route) -> Question {
    Question::get(&route.url, Some(&route.authorization))
}

fn unmeasured(route: &Route) -> Rates {
    Rates {
        name: route.name,
        bytes: route.bytes,
        ours: Vec::new(),
        bare: Vec::new(),
        pace: f64::NAN,
        latency: [f64::NAN; 3],
    }
}

//! The bridge with real lanes and no models.

use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

use locutor::{Engine, Error, engine::LaneName};

use super::{run, stream};

const STALL: Duration = Duration::from_millis(200);

/// An engine whose lane for embeddings does one thing at a time.
fn engine(queue: usize) -> Engine {
    let builder = Engine::builder().queue_capacity(queue).embeddings(1);
    builder.build().unwrap()
}

async fn idle(engine: &Engine) {
    let started = Instant::now();
    while engine.status(LaneName::Embed).running > 0 {
        assert!(
            started.elapsed() < Duration::from_secs(5),
            "the lane never became idle"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn results_and_panics_come_back() {
    let engine = engine(4);
    assert_eq!(
        run(&engine, LaneName::Embed, |_, _| Ok(7)).await.unwrap(),
        7
    );
    let panicked = run(&engine, LaneName::Embed, |_, _| -> locutor::Result<()> {
        panic!("expected")
    })
    .await;
    assert!(matches!(panicked, Err(Error::Backend { .. })));
    let mut events = stream(&engine, LaneName::Embed, STALL, |_, _, sender| {
        sender.send(1)?;
        panic!("expected")
    })
    .unwrap();
    assert_eq!(events.next().await.unwrap().unwrap(), 1);
    assert!(matches!(
        events.next().await,
        Some(Err(Error::Backend { .. }))
    ));
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn dropping_the_future_cancels_the_work() {
    let engine = engine(4);
    let (started, running) = mpsc::channel();
    let lanes = engine.clone();
    let waiting = tokio::spawn(async move {
        run(&lanes, LaneName::Embed, move |_, cancellation| {
            started.send(()).ok();
            while !cancellation.is_cancelled() {
                std::thread::yield_now();
            }
            Ok(())
        })
        .await
    });
    tokio::task::spawn_blocking(move || running.recv())
        .await
        .unwrap()
        .unwrap();
    waiting.abort();
    idle(&engine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_gets_everything_and_a_stalled_one_frees_the_lane() {
    let engine = engine(4);
    let count = |to: u32| {
        stream(&engine, LaneName::Embed, STALL, move |_, _, sender| {
            (0..to).try_for_each(|number| sender.send(number))
        })
        .unwrap()
    };
    let mut events = count(300);
    for expected in 0..300 {
        if expected % 50 == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(events.next().await.unwrap().unwrap(), expected);
    }
    assert!(events.next().await.is_none());
    let stalled = count(u32::MAX);
    tokio::time::sleep(STALL / 2).await;
    assert_eq!(engine.status(LaneName::Embed).running, 1);
    idle(&engine).await;
    drop(stalled);
    let gone = count(u32::MAX);
    drop(gone);
    idle(&engine).await;
}

#[tokio::test]
async fn a_full_queue_is_told_at_once() {
    let engine = engine(1);
    let (release, gate) = mpsc::channel::<()>();
    let block = engine
        .submit(
            LaneName::Embed,
            locutor::Cancellation::new(),
            move |_, _| Ok(gate.recv().is_ok()),
        )
        .unwrap();
    while engine.status(LaneName::Embed).running == 0 {
        tokio::task::yield_now().await;
    }
    let waiting = engine
        .submit(LaneName::Embed, locutor::Cancellation::new(), |_, _| Ok(()))
        .unwrap();
    let refused = run(&engine, LaneName::Embed, |_, _| Ok(())).await;
    assert!(matches!(refused, Err(Error::Busy { .. })));
    release.send(()).unwrap();
    assert!(block.wait().unwrap());
    waiting.wait().unwrap();
}

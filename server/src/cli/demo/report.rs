//! The demo's result: what was heard and answered, and what each stage took.

use std::{fmt::Write, path::PathBuf};

use locutor::{
    converse::{Answer, Stage, Timing, VoiceAnswer},
    language::LanguageGuess,
    transcribe::Transcript,
};
use serde::Serialize;

/// Time spent in one stage.
#[derive(Debug, Serialize)]
pub struct StageTime {
    pub stage: &'static str,
    pub seconds: f64,
}

impl From<&Timing> for StageTime {
    fn from(timing: &Timing) -> Self {
        let stage = match timing.stage {
            Stage::Transcribe => "transcribe",
            Stage::DetectLanguage => "detect language",
            Stage::Retrieve => "retrieve",
            Stage::Read => "read passages",
            Stage::Generate => "generate",
            Stage::Ground => "check grounding",
            Stage::Speak => "speak",
        };
        Self {
            stage,
            seconds: timing.seconds,
        }
    }
}

/// Everything the demo did.
#[derive(Debug, Serialize)]
pub struct Report {
    transcript: Transcript,
    language: Option<LanguageGuess>,
    answer: Answer,
    question_seconds: f64,
    answer_seconds: f64,
    first_audio_seconds: f64,
    output: PathBuf,
    stages: Vec<StageTime>,
}

impl Report {
    pub fn new(
        turn: &VoiceAnswer,
        question_seconds: f64,
        stages: Vec<StageTime>,
        output: PathBuf,
    ) -> Self {
        Self {
            transcript: turn.transcript.clone(),
            language: turn.language.clone(),
            answer: turn.answer.clone(),
            question_seconds,
            answer_seconds: turn.audio.seconds(),
            first_audio_seconds: turn.first_audio_seconds,
            output,
            stages,
        }
    }

    /// The timings, and where the spoken answer lies.
    pub fn table(&self) -> String {
        let mut table =
            String::from("\nStage               seconds\n-------------------  ------\n");
        for StageTime { stage, seconds } in &self.stages {
            row(&mut table, stage, *seconds);
        }
        row(
            &mut table,
            "total",
            self.stages.iter().map(|stage| stage.seconds).sum(),
        );
        row(&mut table, "to first sound", self.first_audio_seconds);
        let (place, length) = (self.output.display(), self.answer_seconds);
        table + &format!("\nThe answer as speech: {place} ({length:.1} s)")
    }
}

fn row(table: &mut String, stage: &str, seconds: f64) {
    // Writing to a string cannot fail.
    writeln!(table, "{stage:<20} {seconds:>6.2}").ok();
}

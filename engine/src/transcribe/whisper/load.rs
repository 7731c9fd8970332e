//! A model's file -> what transcribes with it.

use std::{fs::File, io::Read as _, path::Path, sync::Arc};

use super::{
    WhisperTranscriber, damaged, decoder::Decoder, encoder::Encoder, ggml, heads, mel::Spectrogram,
    tokenizer::Tokenizer, weights::Reader, window, write::MOST_TOKENS,
};
use crate::{
    Error, Result,
    engine::LoadSettings,
    kernel::{PANEL, Variant, attention::MOST_WIDTH},
};

/// The file's number for weights of eight bits.
const EIGHT_BITS: usize = 7;

impl WhisperTranscriber {
    /// Loads a model; `None` when its weights have other than eight bits.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be read, [`Error::Backend`] when it is damaged.
    pub fn load(model: &str, file: &Path, settings: &LoadSettings) -> Result<Option<Self>> {
        let failed = |source| Error::Io {
            path: file.to_path_buf(),
            source,
        };
        let mut opened = File::open(file).map_err(failed)?;
        let mut bytes = vec![0; ggml::HEADER_BYTES];
        opened.read_exact(&mut bytes).map_err(failed)?;
        // Others are large, and in formats that are not read here.
        let header = ggml::header(&bytes).map_err(damaged)?;
        if header.file_type != EIGHT_BITS {
            return Ok(None);
        }
        opened.read_to_end(&mut bytes).map_err(failed)?;
        let file = ggml::Model::read(&bytes).map_err(damaged)?;
        let header = file.hyperparameters();
        let heads = header.text_heads;
        let width = header.text_state;
        check_heads(width, heads)?;
        // Room for a prompt and as much text, and for half a minute of audio.
        if header.text_context < 2 * MOST_TOKENS || header.audio_context < window::POSITIONS {
            return Err(damaged(
                "it has too little room for half a minute of speech",
            ));
        }
        if header.audio_heads != heads {
            return Err(damaged("encoder and decoder have different heads"));
        }
        let reader = Reader {
            file: &file,
            pool: &settings.pool,
            width,
            heads,
        };
        let tokenizer = Tokenizer::new(file.words(), header.vocabulary).map_err(damaged)?;
        let aligned = heads::aligned(header, tokenizer.special().is_multilingual());
        let spectrogram =
            Spectrogram::new(file.mel_filters(), header.mel_bands).map_err(damaged)?;
        Ok(Some(Self {
            model: model.to_owned(),
            tokenizer,
            spectrogram,
            encoder: Encoder::read(&reader)?,
            decoder: Decoder::read(&reader, aligned)?,
            pool: Arc::clone(&settings.pool),
            variant: Variant::best(),
        }))
    }
}

/// The kernels work on whole panels of a head.
fn check_heads(width: usize, heads: usize) -> Result<()> {
    let each = width.checked_div(heads).unwrap_or(0);
    let fits =
        each * heads == width && each.is_multiple_of(PANEL) && (PANEL..=MOST_WIDTH).contains(&each);
    if fits {
        Ok(())
    } else {
        Err(damaged(format!(
            "{heads} heads in {width} numbers are not supported"
        )))
    }
}

//! The C interface of libespeak-ng, found at run time.
//!
//! espeak-ng is licensed under the GPL, so it is never linked or shipped: the user installs it,
//! and this file opens it by name. It is the only place that talks to it. The library keeps its
//! state in global variables, so at most one [`Library`] may exist at a time; the parent module
//! holds it behind a lock.
#![expect(unsafe_code, reason = "a C library that is loaded at run time")]

use std::{
    ffi::{CStr, c_char, c_int, c_uint, c_void},
    ptr,
};

use crate::{Error, Result};

#[cfg(target_os = "windows")]
const FILE: &str = "libespeak-ng.dll";
#[cfg(target_os = "macos")]
const FILE: &str = "libespeak-ng.1.dylib";
#[cfg(not(any(target_os = "windows", target_os = "macos")))]
const FILE: &str = "libespeak-ng.so.1";

const HOW_TO_INSTALL: &str = "install it with `apt-get install libespeak-ng1 espeak-ng-data` \
                              (or the espeak-ng package of your system)";

/// `AUDIO_OUTPUT_SYNCHRONOUS`: no sound device is opened.
const SYNCHRONOUS: c_int = 2;
/// `espeakINITIALIZE_DONT_EXIT`: report missing data instead of ending the process.
const DO_NOT_EXIT: c_int = 0x8000;
/// `espeakCHARS_UTF8`.
const UTF8: c_int = 1;
/// `espeakPHONEMES_IPA`.
const IPA: c_int = 2;
/// `POS_CHARACTER`.
const CHARACTERS: c_int = 1;
/// A text without words, in which nothing is said.
const NOTHING: &CStr = c" ";

type Initialize = unsafe extern "C" fn(c_int, c_int, *const c_char, c_int) -> c_int;
type SetVoiceByName = unsafe extern "C" fn(*const c_char) -> c_int;
type TextToPhonemes = unsafe extern "C" fn(*mut *const c_void, c_int, c_int) -> *const c_char;
type Synth = unsafe extern "C" fn(
    *const c_void,
    usize,
    c_uint,
    c_int,
    c_uint,
    c_uint,
    *mut c_uint,
    *mut c_void,
) -> c_int;

/// The open, initialised library.
pub(super) struct Library {
    set_voice_by_name: SetVoiceByName,
    text_to_phonemes: TextToPhonemes,
    synth: Synth,
    /// Keeps the functions above in memory.
    _file: libloading::Library,
}

impl Library {
    pub(super) fn open() -> Result<Self> {
        let missing = |message: String| Error::MissingLibrary {
            library: "libespeak-ng",
            message: format!("{message}; {HOW_TO_INSTALL}"),
        };
        // SAFETY: opening runs the library's initialisers; espeak-ng has none with side effects.
        let file = unsafe { libloading::Library::new(FILE) }
            .map_err(|source| missing(source.to_string()))?;
        // SAFETY: the types are those of espeak-ng's speak_lib.h, unchanged since its API 2.
        let (initialize, set_voice_by_name, text_to_phonemes, synth) = unsafe {
            let absent = |source: libloading::Error| missing(source.to_string());
            (
                *file
                    .get::<Initialize>("espeak_Initialize")
                    .map_err(absent)?,
                *file
                    .get::<SetVoiceByName>("espeak_SetVoiceByName")
                    .map_err(absent)?,
                *file
                    .get::<TextToPhonemes>("espeak_TextToPhonemes")
                    .map_err(absent)?,
                *file.get::<Synth>("espeak_Synth").map_err(absent)?,
            )
        };
        // SAFETY: the null path asks for the data folder the library was built with.
        let rate = unsafe { initialize(SYNCHRONOUS, 0, ptr::null(), DO_NOT_EXIT) };
        if rate <= 0 {
            return Err(missing("its data (espeak-ng-data) was not found".into()));
        }
        Ok(Self {
            set_voice_by_name,
            text_to_phonemes,
            synth,
            _file: file,
        })
    }

    /// Whether the library knows the voice; from then on it is used.
    pub(super) fn set_voice(&mut self, name: &CStr) -> bool {
        // SAFETY: `name` ends in NUL and outlives the call; `&mut self` excludes other callers.
        unsafe { (self.set_voice_by_name)(name.as_ptr()) == 0 }
    }

    /// Gives each clause's phonemes in IPA with the number of bytes of `text` read so far, which
    /// includes a character or two of the next clause: the library looks that far ahead.
    pub(super) fn phonemes(&mut self, text: &CStr, on_clause: impl FnMut(String, usize)) {
        self.read(text, on_clause);
        self.forget();
    }

    fn read(&mut self, text: &CStr, mut on_clause: impl FnMut(String, usize)) {
        let length = text.to_bytes().len();
        let start = text.as_ptr().cast::<c_void>();
        let mut rest = start;
        // Every clause takes at least one byte, so this ends even if the library does not say so.
        for _ in 0..=length {
            // SAFETY: `rest` points into `text`, which ends in NUL and outlives the call; the
            // library reads it and stores where it stopped, or null at the end. The result is
            // null or a string in the library's own buffer that lives until the next call, which
            // `&mut self` delays until the copy is made.
            let phonemes = unsafe {
                let phonemes = (self.text_to_phonemes)(&raw mut rest, UTF8, IPA);
                (!phonemes.is_null())
                    .then(|| CStr::from_ptr(phonemes).to_string_lossy().into_owned())
            };
            let ended = rest.is_null();
            let read = if ended {
                length
            } else {
                (rest as usize).saturating_sub(start as usize).min(length)
            };
            on_clause(phonemes.unwrap_or_default(), read);
            if ended {
                return;
            }
        }
    }
    /// Leaves nothing of the last text to the next one. After a word of another language, the phonemes of that
    /// language may remain selected ("1" in American English then has a British vowel), and a second full stop
    /// at the end is held back and said before the next text ("dot"). Speaking, unlike `espeak_TextToPhonemes`,
    /// selects the phonemes of the voice at every clause and reads what was held back. It takes some microseconds.
    fn forget(&mut self) {
        let nothing = NOTHING.to_bytes_with_nul();
        // SAFETY: the text ends in NUL and is as long as it says; the library reads it before it returns, as it
        // was initialised without a sound device, and takes null for an identifier and data that nobody wants.
        // `&mut self` excludes other callers.
        let result = unsafe {
            (self.synth)(
                nothing.as_ptr().cast(),
                nothing.len(),
                0,
                CHARACTERS,
                0,
                UTF8.cast_unsigned(),
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        // Fails only where the library was not initialised.
        debug_assert_eq!(result, 0);
    }
}

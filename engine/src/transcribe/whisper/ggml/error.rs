//! What can be wrong with a model file.

/// Result of reading a model file.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a model file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file does not begin with GGML's magic number.
    #[error("not a GGML file: it begins with {found:#010x}")]
    Magic {
        /// Its first four bytes.
        found: u32,
    },
    /// The file ends before something that it announces.
    #[error(
        "the file ends early: {needed} bytes are needed at byte {offset}, {available} are left"
    )]
    Truncated {
        /// Where the missing part begins.
        offset: usize,
        /// Length of the missing part in bytes.
        needed: usize,
        /// Bytes from there to the end of the file.
        available: usize,
    },
    /// A length is negative or larger than memory can address.
    #[error("impossible length at byte {offset}")]
    Length {
        /// Where in the file.
        offset: usize,
    },
    /// A hyperparameter is outside of what any Whisper could have.
    #[error("hyperparameter `{name}` is {value}; it must be {allowed}")]
    Hyperparameter {
        /// Name of the field in [`super::Hyperparameters`].
        name: &'static str,
        /// The value in the file.
        value: i32,
        /// What would be right.
        allowed: String,
    },
    /// The mel filter bank has another size than the model or has weights that are no numbers.
    #[error("unusable mel filter bank of {bands} bands and {bins} bins")]
    Filters {
        /// Bands in the file; those of the hyperparameters would be right.
        bands: i32,
        /// Bins in the file; 201 would be right.
        bins: i32,
    },
    /// The file lists more words than the vocabulary has tokens, or a negative number.
    #[error("{words} words for a vocabulary of {vocabulary} tokens")]
    Vocabulary {
        /// Words in the file.
        words: i32,
        /// Tokens of the model.
        vocabulary: usize,
    },
    /// A tensor's name is too long or no UTF-8.
    #[error("unusable name of a tensor at byte {offset}")]
    Name {
        /// Where the name begins.
        offset: usize,
    },
    /// A tensor has no dimensions, too many, or dimensions that no tensor can have.
    #[error("impossible dimensions of a tensor at byte {offset}")]
    Dimensions {
        /// Where the tensor begins.
        offset: usize,
    },
    /// A tensor is stored in a format that is not supported.
    #[error("tensor `{tensor}` is stored as {element} (type {number}), which is not supported")]
    UnsupportedElement {
        /// Name of the tensor.
        tensor: String,
        /// GGML's name of the format.
        element: &'static str,
        /// GGML's number of the format.
        number: i32,
    },
    /// Two tensors have the same name.
    #[error("tensor `{tensor}` is there twice")]
    Duplicate {
        /// The name.
        tensor: String,
    },
    /// There are more tensors than any Whisper has.
    #[error("more than {most} tensors")]
    TooManyTensors {
        /// The limit.
        most: usize,
    },
    /// The model lacks a tensor.
    #[error("tensor `{tensor}` is missing")]
    Missing {
        /// The name asked for.
        tensor: String,
    },
    /// A tensor has other dimensions than needed; innermost first.
    #[error("tensor `{tensor}` has dimensions {found:?}, {expected:?} are needed")]
    Shape {
        /// Name of the tensor.
        tensor: String,
        /// Dimensions asked for.
        expected: Vec<usize>,
        /// Dimensions in the file.
        found: Vec<usize>,
    },
    /// A tensor is stored in another supported format than the one asked for.
    #[error("tensor `{tensor}` is stored as {found}, {expected} is needed")]
    Element {
        /// Name of the tensor.
        tensor: String,
        /// Format asked for.
        expected: super::ElementType,
        /// Format in the file.
        found: super::ElementType,
    },
}

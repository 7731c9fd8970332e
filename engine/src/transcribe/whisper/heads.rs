//! Heads of attention that follow the speech word by word.

use super::{ggml::Hyperparameters, sequence::Head};

/// Heads (layer, head) of a model, as Whisper's authors published them.
struct Known {
    /// Layers of the encoder and of the decoder.
    layers: [usize; 2],
    multilingual: bool,
    heads: &'static [(usize, usize)],
}

const KNOWN: [Known; 7] = [
    Known {
        layers: [4, 4],
        multilingual: false,
        heads: &[
            (1, 0),
            (2, 0),
            (2, 5),
            (3, 0),
            (3, 1),
            (3, 2),
            (3, 3),
            (3, 4),
        ],
    },
    Known {
        layers: [4, 4],
        multilingual: true,
        heads: &[(2, 2), (3, 0), (3, 2), (3, 3), (3, 4), (3, 5)],
    },
    Known {
        layers: [6, 6],
        multilingual: false,
        heads: &[(3, 3), (4, 7), (5, 1), (5, 5), (5, 7)],
    },
    Known {
        layers: [6, 6],
        multilingual: true,
        heads: &[
            (3, 1),
            (4, 2),
            (4, 3),
            (4, 7),
            (5, 1),
            (5, 2),
            (5, 4),
            (5, 6),
        ],
    },
    Known {
        layers: [12, 12],
        multilingual: true,
        heads: &[
            (5, 3),
            (5, 9),
            (8, 0),
            (8, 4),
            (8, 7),
            (8, 8),
            (9, 0),
            (9, 7),
            (9, 9),
            (10, 5),
        ],
    },
    Known {
        layers: [24, 24],
        multilingual: true,
        heads: &[(13, 15), (15, 4), (15, 15), (16, 1), (20, 0), (23, 4)],
    },
    // large-v3-turbo
    Known {
        layers: [32, 4],
        multilingual: true,
        heads: &[(2, 4), (2, 11), (3, 3), (3, 6), (3, 11), (3, 14)],
    },
];

/// Most heads of a model that is not known: each takes its share of memory.
const MOST: usize = 16;

/// Those of a model; of one that is not known, the last ones.
pub(super) fn aligned(header: &Hyperparameters, multilingual: bool) -> Vec<Head> {
    let layers = [header.audio_layers, header.text_layers];
    let known = KNOWN
        .iter()
        .find(|known| known.layers == layers && known.multilingual == multilingual);
    if let Some(known) = known {
        let heads = known
            .heads
            .iter()
            .map(|&(layer, head)| Head { layer, head });
        return heads.filter(|head| head.head < header.text_heads).collect();
    }
    let all = (0..header.text_layers)
        .rev()
        .flat_map(|layer| (0..header.text_heads).map(move |head| Head { layer, head }));
    all.take(MOST).collect()
}

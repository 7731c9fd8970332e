//! Heads of attention that follow the speech word by word.

use super::{ggml::Hyperparameters, sequence::Head};

/// Layers of encoder and decoder each, whether the model knows several languages, and its heads (layer, head), as Whisper's authors
/// published them for the models of that size.
type Known = (usize, bool, &'static [(usize, usize)]);

const KNOWN: [Known; 5] = [
    (
        4,
        false,
        &[
            (1, 0),
            (2, 0),
            (2, 5),
            (3, 0),
            (3, 1),
            (3, 2),
            (3, 3),
            (3, 4),
        ],
    ),
    (4, true, &[(2, 2), (3, 0), (3, 2), (3, 3), (3, 4), (3, 5)]),
    (6, false, &[(3, 3), (4, 7), (5, 1), (5, 5), (5, 7)]),
    (
        12,
        true,
        &[
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
    ),
    (
        6,
        true,
        &[
            (3, 1),
            (4, 2),
            (4, 3),
            (4, 7),
            (5, 1),
            (5, 2),
            (5, 4),
            (5, 6),
        ],
    ),
];

/// Those of a model; of one that is not known, all heads of the upper half of its layers.
pub(super) fn aligned(header: &Hyperparameters, multilingual: bool) -> Vec<Head> {
    let known = KNOWN.iter().find(|(layers, known_multilingual, _)| {
        [header.audio_layers, header.text_layers] == [*layers; 2]
            && *known_multilingual == multilingual
    });
    if let Some((_, _, heads)) = known {
        let heads = heads.iter().map(|&(layer, head)| Head { layer, head });
        return heads.filter(|head| head.head < header.text_heads).collect();
    }
    let layers = header.text_layers / 2..header.text_layers;
    layers
        .flat_map(|layer| (0..header.text_heads).map(move |head| Head { layer, head }))
        .collect()
}

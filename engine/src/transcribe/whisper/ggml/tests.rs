//! Whole files, sound and hostile.

use proptest::prelude::*;

use super::*;

const BANDS: i32 = 2;
const BINS: i32 = 201;

fn tensor(name: &str, number: i32, shape: &[i32], data: &[u8]) -> Vec<u8> {
    let rank = i32::try_from(shape.len()).unwrap();
    let length = i32::try_from(name.len()).unwrap();
    let mut bytes: Vec<u8> = [rank, length, number]
        .iter()
        .chain(shape)
        .flat_map(|value| value.to_le_bytes())
        .collect();
    bytes.extend(name.as_bytes());
    bytes.extend(data);
    bytes
}

/// Everything before the tensors: five tokens, of which three are words.
fn header() -> Vec<u8> {
    let mut bytes = MAGIC.to_le_bytes().to_vec();
    let numbers = [5_i32, 4, 64, 2, 1, 3, 64, 2, 1, BANDS, 2007];
    let filters = [BANDS, BINS];
    bytes.extend(
        numbers
            .iter()
            .chain(&filters)
            .flat_map(|value| value.to_le_bytes()),
    );
    bytes.extend((0..BANDS * BINS).flat_map(|place| (place as f32).to_le_bytes()));
    bytes.extend(3_i32.to_le_bytes());
    for word in [&b"a"[..], b"", b"\xe2\x99"] {
        bytes.extend(i32::try_from(word.len()).unwrap().to_le_bytes());
        bytes.extend(word);
    }
    bytes
}

fn file() -> Vec<u8> {
    let mut bytes = header();
    let numbers: Vec<u8> = (0..6)
        .flat_map(|number| (number as f32).to_le_bytes())
        .collect();
    bytes.extend(tensor("bias", 0, &[1, 6], &numbers));
    let mut eight = [1_u8; 68];
    (eight[0], eight[1], eight[2]) = (0x00, 0x3c, 0xff);
    bytes.extend(tensor("weight", 8, &[32, 2], &eight));
    bytes
}

#[test]
fn a_sound_file_is_read() {
    let bytes = file();
    let model = Model::read(&bytes).unwrap();
    assert_eq!(model.hyperparameters().vocabulary, 5);
    assert_eq!(
        model.mel_filters()[SPECTRUM_BINS + 1].to_bits(),
        202.0_f32.to_bits()
    );
    assert_eq!(model.words(), [&b"a"[..], b"", b"\xe2\x99"]);
    assert_eq!(model.tensors.len(), 2);
    let bias = model.tensor("bias", &[1, 6]).unwrap();
    assert_eq!(bias.numbers(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert!(bias.eight_groups().is_err());
    let weight = model.tensor("weight", &[32, 2, 1]).unwrap();
    let (scale, numbers) = weight.eight_groups().unwrap().next().unwrap();
    assert_eq!((scale.to_f32(), numbers[0], numbers[1]), (1.0, -1, 1));
    assert_eq!(weight.eight_groups().unwrap().len(), 2);
    assert_eq!(weight.numbers().len(), 64);
}

#[test]
fn other_shapes_and_names_are_refused() {
    let bytes = file();
    let model = Model::read(&bytes).unwrap();
    for shape in [&[6][..], &[6, 1], &[1, 6, 2], &[1, 6, 1, 1, 2], &[]] {
        let refused = model.tensor("bias", shape);
        assert!(matches!(refused, Err(Error::Shape { .. })), "{shape:?}");
    }
    assert!(matches!(
        model.tensor("none", &[1]),
        Err(Error::Missing { .. })
    ));
}

#[test]
fn bad_tensors_are_refused_by_kind() {
    let read = |appended: Vec<u8>| {
        Model::read(&[header(), appended].concat())
            .map(|_| ())
            .unwrap_err()
    };
    let unsupported = read(tensor("bias", 14, &[256], &[0; 210]));
    assert!(unsupported.to_string().contains("Q6_K"), "{unsupported}");
    let huge = tensor("bias", 0, &[i32::MAX, i32::MAX, i32::MAX], b"");
    assert!(matches!(read(huge), Error::Dimensions { .. }));
    let large = tensor("bias", 0, &[i32::MAX, 16], b"");
    assert!(matches!(read(large), Error::Truncated { .. }));
    let no_block = tensor("bias", 8, &[31], &[0; 34]);
    assert!(matches!(read(no_block), Error::Dimensions { .. }));
    for shape in [&[][..], &[0], &[1, 1, 1, 1, 1]] {
        let impossible = read(tensor("bias", 0, shape, &[]));
        assert!(matches!(impossible, Error::Dimensions { .. }), "{shape:?}");
    }
    let negative = read(tensor("bias", 0, &[-1], &[]));
    assert!(matches!(negative, Error::Length { .. }));
    let twice = [tensor("a", 0, &[1], &[0; 4]), tensor("a", 0, &[1], &[0; 4])];
    assert!(matches!(read(twice.concat()), Error::Duplicate { .. }));
}

#[test]
fn every_cut_within_something_is_noticed() {
    let bytes = file();
    let whole = [header().len(), bytes.len() - 68 - 26, bytes.len()];
    for length in 0..bytes.len() {
        let read = Model::read(&bytes[..length]);
        assert_eq!(read.is_ok(), whole.contains(&length), "{length}");
    }
}

proptest! {
    #[test]
    fn no_changed_file_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        in_header in any::<bool>(),
    ) {
        let mut bytes = file();
        let reach = if in_header { 56 } else { bytes.len() };
        for (place, value) in changes {
            let place = place.index(reach);
            bytes[place] = value;
        }
        if let Ok(model) = Model::read(&bytes) {
            for tensor in model.tensors.values() {
                let elements: usize = tensor.shape().iter().product();
                prop_assert_eq!(tensor.numbers().len(), elements);
            }
        }
    }

    #[test]
    fn no_random_tail_panics(tail in prop::collection::vec(any::<u8>(), 0..200), numbers in prop::collection::vec(-2_i32..10, 0..40)) {
        let numbers: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let _ = Model::read(&tail);
        let _ = Model::read(&[MAGIC.to_le_bytes().to_vec(), numbers.clone()].concat());
        let _ = Model::read(&[header(), tail].concat());
        let _ = Model::read(&[header(), numbers].concat());
    }
}

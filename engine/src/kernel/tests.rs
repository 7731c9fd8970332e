//! Every variant against exact arithmetic on what was quantised.

use half::f16;
use proptest::prelude::*;

use super::{
    activations::{InputBlock, Inputs},
    guarded::Guarded,
    matrix::{EightBlock, FiveBlock, FourBlock, Panels, WholeBlock},
    multiply::{eight, five, four, whole},
    *,
};

/// Numbers from a seed, in `[-1, 1)`.
fn noise(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed | 1;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    }
}

fn groups_of(outputs: usize, inputs: usize) -> usize {
    outputs * inputs.div_ceil(GROUP)
}

/// Groups with so many different weights.
fn affine(seed: u64, weights: u8, outputs: usize, inputs: usize) -> Vec<AffineGroup> {
    let mut next = noise(seed);
    let half = f32::from(weights) / 2.0;
    (0..groups_of(outputs, inputs))
        .map(|_| AffineGroup {
            quants: std::array::from_fn(|_| ((next() + 1.0) * half) as u8),
            scale: f16::from_f32(next() * 0.1),
            minimum: f16::from_f32(next()),
        })
        .collect()
}

fn eight_bit(seed: u64, outputs: usize, inputs: usize) -> Vec<EightGroup> {
    let mut next = noise(seed);
    (0..groups_of(outputs, inputs))
        .map(|_| EightGroup {
            quants: std::array::from_fn(|_| (next() * 127.0) as i8),
            scale: f16::from_f32(next() * 0.1),
        })
        .collect()
}

/// The product in 64-bit floats, and the sum of the sizes of its terms.
fn exact(rows: &Activations, row: usize, weights: &[f64]) -> (f64, f64) {
    let inputs = rows.tiles().nth(row / TILE).unwrap();
    let row = row % TILE;
    let groups: Vec<&[f64]> = weights.chunks(GROUP).collect();
    let products = inputs.pairs(&groups).flat_map(|(weights, block)| {
        let scale = f64::from(block.scales[row]);
        let products = block.values[row].iter().zip(*weights);
        products.map(move |(value, weight)| f64::from(*value) * scale * weight)
    });
    let outliers = inputs.outliers.iter().map(|outlier| {
        let [number] = outlier.rows(row);
        f64::from(*number) * groups[outlier.group][outlier.input]
    });
    products
        .chain(outliers)
        .fold((0.0, 0.0), |(sum, size), product| {
            (sum + product, size + product.abs())
        })
}

fn check(
    variant: Variant,
    matrix: &Matrix,
    rows: &Activations,
    weights: impl Fn(usize) -> Vec<f64>,
) {
    let pool = Pool::new(2).unwrap();
    let outputs = matrix.outputs();
    let mut output = vec![1.0; rows.rows() * outputs];
    let mut run = |accumulate| {
        let product = Product {
            matrix,
            output: &mut output,
            accumulate,
        };
        multiply(&pool, variant, rows, &mut [product]);
        output.clone()
    };
    let once = run(false);
    let output = run(true);
    for number in 0..outputs {
        let weights = weights(number);
        for row in 0..rows.rows() {
            let (exact, size) = exact(rows, row, &weights);
            let found = once[row * outputs + number];
            let error = (f64::from(found) - exact).abs();
            assert!(
                error <= 1e-5 * size + 1e-6,
                "{variant}: {found} for {exact}"
            );
            let twice = output[row * outputs + number];
            assert!((twice - 2.0 * found).abs() <= 1e-4 * found.abs() + 1e-5);
        }
    }
}

fn quantised(seed: u64, rows: usize, inputs: usize) -> Activations {
    let precisions = [Precision::Eight, Precision::Outliers, Precision::Sixteen];
    let mut next = noise(seed);
    let mut activations = Activations::default();
    activations.resize(rows, inputs, precisions[(seed % 3) as usize]);
    for (number, tile) in activations.tiles_mut().enumerate() {
        for row in 0..TILE.min(rows - number * TILE) {
            let outlier = (next() + 1.0) * 0.5 * inputs as f32;
            let values: Vec<f32> = (0..inputs)
                .map(|index| {
                    if index == outlier as usize {
                        next() * 100.0
                    } else {
                        next()
                    }
                })
                .collect();
            tile.quantise(Variant::best(), row, &values);
        }
    }
    activations
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn four_and_five_bit_products_are_exact(
        seed: u64, rows in 1_usize..10, outputs in 1_usize..50, inputs in 1_usize..200,
    ) {
        let pool = Pool::new(1).unwrap();
        let per_output = inputs.div_ceil(GROUP);
        let rows = quantised(seed ^ 7, rows, inputs);
        for bits in [4, 5] {
            let groups = affine(seed, 1 << bits, outputs, inputs);
            let group = |output: usize, group: usize| groups[output * per_output + group];
            let matrix = match bits {
                4 => Matrix::four(&pool, outputs, inputs, group),
                _ => Matrix::five(&pool, outputs, inputs, group),
            };
            let weights = |output: usize| {
                let groups = &groups[output * per_output..][..per_output];
                groups.iter().flat_map(|group| group.quants.map(|quant| {
                    f64::from(quant) * group.scale.to_f64() + group.minimum.to_f64()
                })).collect()
            };
            for variant in Variant::available() {
                check(variant, &matrix, &rows, weights);
            }
        }
    }

    #[test]
    fn eight_bit_products_are_exact(
        seed: u64, rows in 1_usize..10, outputs in 1_usize..50, inputs in 1_usize..200,
    ) {
        let pool = Pool::new(1).unwrap();
        let groups = eight_bit(seed, outputs, inputs);
        let per_output = inputs.div_ceil(GROUP);
        let matrix = Matrix::eight(&pool, outputs, inputs, |o, g| groups[o * per_output + g]);
        let weights = |output: usize| {
            let groups = &groups[output * per_output..][..per_output];
            groups.iter().flat_map(|group| {
                group.quants.map(|quant| f64::from(quant) * group.scale.to_f64())
            }).collect()
        };
        let rows = quantised(seed ^ 7, rows, inputs);
        for variant in Variant::available() {
            check(variant, &matrix, &rows, weights);
        }
    }

    #[test]
    fn products_with_a_scale_for_each_output_are_exact(
        seed: u64, rows in 1_usize..10, outputs in 1_usize..50, inputs in 1_usize..200,
    ) {
        let pool = Pool::new(1).unwrap();
        let mut next = noise(seed);
        // Multiples of a power of two, of which the largest is always there: rounding keeps them.
        let numbers: Vec<f32> = (0..outputs * inputs).map(|place| {
            let quant = if place % inputs == 0 { 127.0 } else { (next() * 127.0).round() };
            quant * 0.25
        }).collect();
        let matrix = Matrix::whole(&pool, outputs, inputs, &numbers);
        let weights = |output: usize| {
            let mut weights: Vec<f64> =
                numbers[output * inputs..][..inputs].iter().map(|number| f64::from(*number)).collect();
            weights.resize(inputs.div_ceil(GROUP) * GROUP, 0.0);
            weights
        };
        let rows = quantised(seed ^ 7, rows, inputs);
        for variant in Variant::available() {
            check(variant, &matrix, &rows, weights);
        }
    }

    #[test]
    fn numbers_are_rounded_to_the_nearest_halves(
        numbers in prop::collection::vec(prop_oneof![-9.0_f32..9.0, any::<f32>()], 0..70),
    ) {
        let exact: Vec<u16> = numbers.iter().map(|number| f16::from_f32(*number).to_bits()).collect();
        for variant in Variant::available() {
            let mut halves = vec![f16::ZERO; numbers.len()];
            mixed::round(variant, &numbers, &mut halves);
            for (half, exact) in halves.iter().zip(&exact) {
                let both_are_none = half.is_nan() && f16::from_bits(*exact).is_nan();
                prop_assert!(both_are_none || half.to_bits() == *exact, "{}", variant);
            }
        }
    }

    #[test]
    fn products_with_halves_are_exact(
        seed: u64, rows in 1_usize..=mixed::MOST_ROWS, length in 0_usize..100, slack in 0_usize..20,
    ) {
        let mut next = noise(seed);
        let left: Vec<f32> = (0..rows * (length + slack)).map(|_| next()).collect();
        let stride = PANEL + slack;
        let right: Vec<f16> = (0..length * stride).map(|_| f16::from_f32(next())).collect();
        for (variant, accumulate) in Variant::available().into_iter().flat_map(|variant| [(variant, false), (variant, true)]) {
            let mut result = vec![0.5; (rows - 1) * stride + PANEL];
            let before = if accumulate { 0.5 } else { 0.0 };
            let sides = (
                mixed::Left { values: &left, stride: length + slack, length },
                mixed::Right { values: &right, stride },
            );
            let mut target = mixed::Target { values: &mut result, stride, rows, accumulate };
            mixed::multiply(variant, sides.0, sides.1, &mut target);
            for (row, result) in result.chunks(stride).enumerate() {
                let (result, between) = result.split_at(PANEL);
                prop_assert!(between.iter().all(|number| number.to_bits() == 0.5_f32.to_bits()));
                for (column, found) in result.iter().enumerate() {
                    let exact: f64 = (0..length).map(|step| {
                        f64::from(left[row * (length + slack) + step])
                            * right[step * stride + column].to_f64()
                    }).sum();
                    prop_assert!((f64::from(*found) - before - exact).abs() < 1e-4);
                }
            }
        }
    }
}

#[test]
fn the_largest_numbers_do_not_overflow() {
    let pool = Pool::new(1).unwrap();
    let inputs = 4 * GROUP;
    let mut rows = Activations::default();
    rows.resize(1, inputs, Precision::Eight);
    for tile in rows.tiles_mut() {
        tile.quantise(Variant::best(), 0, &vec![-1.0; inputs]);
    }
    let largest = |quant| AffineGroup {
        quants: [quant; GROUP],
        scale: f16::ONE,
        minimum: f16::ZERO,
    };
    let four = Matrix::four(&pool, 3, inputs, |_, _| largest(15));
    let five = Matrix::five(&pool, 3, inputs, |_, _| largest(31));
    let least = EightGroup {
        quants: [-128; GROUP],
        scale: f16::ONE,
    };
    let eight = Matrix::eight(&pool, 3, inputs, |_, _| least);
    let whole = Matrix::whole(&pool, 3, inputs, &vec![-127.0; 3 * inputs]);
    for variant in Variant::available() {
        check(variant, &four, &rows, |_| vec![15.0; inputs]);
        check(variant, &five, &rows, |_| vec![31.0; inputs]);
        check(variant, &eight, &rows, |_| vec![-128.0; inputs]);
        check(variant, &whole, &rows, |_| vec![-127.0; inputs]);
    }
}

type Kernel<B, const R: usize> = fn(Variant, &[B], Inputs<'_>) -> [[f32; PANEL]; R];

fn unscaled<const R: usize>(
    variant: Variant,
    blocks: &[WholeBlock],
    inputs: Inputs<'_>,
) -> [[f32; PANEL]; R] {
    whole(variant, blocks, &[1.0; PANEL], inputs)
}

/// Runs a kernel on guarded operands and beside them; both must give the same.
fn guarded_tile<B: Copy, const R: usize>(
    variant: Variant,
    blocks: &[B],
    rows: &Activations,
    kernel: Kernel<B, R>,
) {
    let inputs = rows.tiles().next().unwrap();
    let [fenced, rests] = [inputs.blocks, inputs.rests].map(Guarded::<InputBlock>::new);
    let outliers = Guarded::new(inputs.outliers);
    let fenced = Inputs {
        blocks: fenced.items(),
        rests: rests.items(),
        outliers: outliers.items(),
        first: 0,
    };
    let fenced_blocks = Guarded::new(blocks);
    for first in (0..=TILE - R).step_by(R) {
        let exact = kernel(variant, blocks, inputs.from(first));
        let found = kernel(variant, fenced_blocks.items(), fenced.from(first));
        assert_eq!(found, exact, "{variant}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn nothing_is_read_behind_the_operands(seed: u64, inputs in 1_usize..300) {
        let pool = Pool::new(1).unwrap();
        let per_output = inputs.div_ceil(GROUP);
        let (smalls, eights) = (affine(seed, 32, PANEL, inputs), eight_bit(seed, PANEL, inputs));
        let fours = Matrix::four(&pool, PANEL, inputs, |o, g| smalls[o * per_output + g]);
        let fives = Matrix::five(&pool, PANEL, inputs, |o, g| smalls[o * per_output + g]);
        let eights = Matrix::eight(&pool, PANEL, inputs, |o, g| eights[o * per_output + g]);
        let mut next = noise(seed);
        let numbers: Vec<f32> = (0..PANEL * inputs).map(|_| next()).collect();
        let wholes = Matrix::whole(&pool, PANEL, inputs, &numbers);
        let rows = quantised(seed, 8, inputs);
        for variant in Variant::available() {
            if let Panels::Four(blocks) = &fours.panels {
                guarded_tile::<FourBlock, 1>(variant, blocks, &rows, four);
                guarded_tile::<FourBlock, 3>(variant, blocks, &rows, four);
                guarded_tile::<FourBlock, 8>(variant, blocks, &rows, four);
            }
            if let Panels::Five(blocks) = &fives.panels {
                guarded_tile::<FiveBlock, 1>(variant, blocks, &rows, five);
                guarded_tile::<FiveBlock, 8>(variant, blocks, &rows, five);
            }
            if let Panels::Eight(blocks) = &eights.panels {
                guarded_tile::<EightBlock, 1>(variant, blocks, &rows, eight);
                guarded_tile::<EightBlock, 4>(variant, blocks, &rows, eight);
                guarded_tile::<EightBlock, 8>(variant, blocks, &rows, eight);
            }
            if let Panels::Whole(blocks, _) = &wholes.panels {
                guarded_tile::<WholeBlock, 1>(variant, blocks, &rows, unscaled);
                guarded_tile::<WholeBlock, 8>(variant, blocks, &rows, unscaled);
            }
        }
    }

    #[test]
    fn nothing_is_touched_behind_the_rows(seed: u64, length in 1_usize..200) {
        let mut next = noise(seed);
        let numbers: Vec<f32> = (0..length).map(|_| next()).collect();
        let right: Vec<f16> = (0..length * PANEL).map(|_| f16::from_f32(next())).collect();
        let (fenced, right) = (Guarded::new(&numbers), Guarded::new(&right));
        for variant in Variant::available() {
            let mut row = Guarded::new(&numbers);
            row::scale(variant, row.items_mut(), 0.5);
            row::add(variant, row.items_mut(), fenced.items());
            row::silu_times(variant, row.items_mut(), fenced.items());
            row::gelu(variant, row.items_mut(), fenced.items());
            row::layer_norm(variant, row.items_mut(), fenced.items(), fenced.items(), 1e-5);
            let normed = row.items().to_vec();
            row::rms_norm(variant, fenced.items(), &normed, 1e-5, row.items_mut());
            let mut rows = Activations::default();
            rows.resize(1, length, Precision::Sixteen);
            for tile in rows.tiles_mut() {
                tile.quantise(variant, 0, fenced.items());
            }
            let sides = (
                mixed::Left { values: fenced.items(), stride: length, length },
                mixed::Right { values: right.items(), stride: PANEL },
            );
            let mut result = Guarded::new(&[0.0; PANEL]);
            let mut target = mixed::Target {
                values: result.items_mut(), stride: PANEL, rows: 1, accumulate: true,
            };
            mixed::multiply(variant, sides.0, sides.1, &mut target);
        }
    }
}

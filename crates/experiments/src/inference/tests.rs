use proptest::prelude::*;

use super::{
    Conversions, Effect, Interval, Joint, Measure, Pairs, Prior, Running, RunningPairs, Sample,
    Scale, Sums, Undetermined, adjust, anytime, belief, benjamini_hochberg, compare,
    customers_needed, days_needed, detectable, distribution, holm, proportions_pooled, quantile,
    split_mismatch, variance_reduction,
};

fn proportions(treated: Conversions, control: Conversions) -> Result<Effect, Undetermined> {
    compare(treated.sample()?, control.sample()?)
}

fn means(treated: Sums, control: Sums) -> Result<Effect, Undetermined> {
    compare(treated.sample()?, control.sample()?)
}

/// The MineThatData e-mail experiment (Kevin Hillstrom, 2008): men's e-mail against no e-mail.
const MENS: Conversions = Conversions { customers: 21_307, converted: 267 };
const NONE: Conversions = Conversions { customers: 21_306, converted: 122 };
/// Spend of the same customers, in cents.
const MENS_SPEND: Sums = Sums { customers: 21_307, sum: 3_031_169, sum_of_squares: 67_590_244_973 };
const NONE_SPEND: Sums = Sums { customers: 21_306, sum: 1_390_833, sum_of_squares: 28_700_503_621 };

#[track_caller]
fn close(actual: f64, expected: f64) {
    let error = (actual - expected).abs() / expected.abs().max(f64::MIN_POSITIVE);
    assert!(error < 1e-9, "{actual:?} is not {expected:?}: off by {error:e}");
}

/// The absolute effect, its interval, the relative effect, its interval, statistic and p-value.
#[track_caller]
fn same(actual: Effect, expected: [f64; 8]) {
    let relative = actual.relative_interval.expect("some");
    let actual = [
        actual.absolute,
        actual.interval.low,
        actual.interval.high,
        actual.relative.expect("some"),
        relative.low,
        relative.high,
        actual.statistic,
        actual.p_value,
    ];
    for (actual, expected) in actual.into_iter().zip(expected) {
        close(actual, expected);
    }
}

/// The expected values were computed with scipy 1.17, at 37,486.669 degrees of freedom.
#[test]
fn the_published_experiment_gives_the_published_lift_in_conversion() {
    let expected = [
        0.006_805_006_519_615_695,
        0.005_000_113_104_320_481_5,
        0.008_609_899_934_910_908,
        1.188_421_876_286_328,
        0.721_527_300_087_627_9,
        1.655_316_452_485_028,
        7.389_909_141_058_475,
        1.499_861_214_006_79e-13,
    ];
    same(proportions(MENS, NONE).expect("determined"), expected);
    let pooled = proportions_pooled(MENS, NONE).expect("determined");
    close(pooled.statistic, 7.385_114_410_925_771);
    close(pooled.p_value, 1.523_223_500_595_542_7e-13);
}

/// The expected values were computed with scipy 1.17, at 36,671.158 degrees of freedom.
#[test]
fn the_published_experiment_gives_the_published_lift_in_spend() {
    let expected = [
        76.982_715_589_453_65,
        48.513_973_256_840_735,
        105.451_457_922_066_57,
        1.179_288_770_362_005_9,
        0.5442847607294198,
        1.814292779994592,
        5.300_140_358_411_668,
        1.163_814_968_225_485_9e-7,
    ];
    same(means(MENS_SPEND, NONE_SPEND).expect("determined"), expected);
}

/// `scipy.stats.ttest_ind(equal_var=False)` of 3 1 4 1 5 9 2 6 against 2 7 1 8 2, df 7.535.
#[test]
fn small_arms_are_compared_by_students_t() {
    let treated = Sums { customers: 8, sum: 31, sum_of_squares: 173 };
    let control = Sums { customers: 5, sum: 20, sum_of_squares: 122 };
    let expected = [
        -0.125,
        -4.192_048_805_489_336,
        3.942_048_805_489_336_3,
        -0.031_25,
        -1.0262019977792878,
        0.9637019977792878,
        -0.071_642_985_750_486_86,
        0.944_750_849_469_058_9,
    ];
    same(means(treated, control).expect("determined"), expected);
}

/// Squares of numbers below 1e-162 are 0 as floats, and below 1e-154 have lost digits.
#[test]
fn numbers_that_vary_too_little_for_a_float_are_not_said_to_be_all_the_same() {
    let arm = |unit: f64, from: u32| {
        let mut pairs = RunningPairs::default();
        (from..from + 9).for_each(|value| pairs.add(f64::from(value) * unit, 1.0));
        pairs
    };
    let sample = |pairs: RunningPairs| pairs.first().sample().expect("nine customers");
    let ratio = |pairs: RunningPairs| {
        pairs.joint(Measure::Mean).and_then(Joint::ratio).expect("nine customers")
    };
    for unit in [1e-200, 1e-160] {
        let (treated, control) = (arm(unit, 3), arm(unit, 0));
        let alike = Some(Undetermined::TooAlike);
        assert_eq!(compare(sample(treated), sample(control)).err(), alike);
        assert_eq!(compare(ratio(treated), ratio(control)).err(), alike);
        let joint = |pairs: RunningPairs| pairs.joint(Measure::Mean).expect("nine customers");
        let (treated, control) = adjust(joint(treated), joint(control)).expect("finite");
        assert_eq!(compare(treated, control).err(), alike);
    }
    let (usual, tiny) = (sample(arm(1.0, 0)), sample(arm(1e-200, 0)));
    assert!(compare(usual, tiny).is_ok());
    let flat = |value: f64| {
        let mut running = Running::default();
        (0..9).for_each(|_| running.add(value));
        running.sample().expect("nine customers")
    };
    assert_eq!(compare(flat(0.1), flat(1e-200)).err(), Some(Undetermined::NoVariance));
}

/// Quantile of 0.975 and both tails beyond 0.0001, 5.3 and 12, computed to 40 digits with mpmath.
#[test]
fn students_t_has_the_quantiles_and_tails_of_the_tables() {
    let rows = [
        (1.0, 12.706_204_736_174_705, [0.999_936_338_022_975_4, 0.118_721_248_889_919_07]),
        (1.5, 6.016_663_104_427_932, [0.999_931_853_003_931_6, 0.060_106_234_577_939_72]),
        (2.0, 4.302_652_729_749_464, [0.999_929_289_322_058, 0.033_805_022_198_961_39]),
        (2.5, 3.574_654_842_003_683, [0.999_927_638_255_362_9, 0.020_472_465_690_799_216]),
        (10.0, 2.228_138_851_986_275, [0.999_922_178_323_349_4, 3.475_434_298_711_481e-4]),
        (30.0, 2.042_272_456_301_238, [0.999_920_873_563_157_4, 9.984_520_093_575_456e-6]),
        (499.9, 1.964_720_791_095_326, [0.999_920_251_436_258_9, 1.740_340_552_975_881e-7]),
        (500.0, 1.964_719_837_467_368, [0.999_920_251_428_282_5, 1.740_203_761_776e-7]),
        (200.0, 1.971_896_223_633_909_4, [0.999_920_311_216_899_4, 3.047_022_491_344_909e-7]),
        (1e3, 1.962_339_080_826_408_5, [0.999_920_231_488_670_3, 1.424_782_106_384_948_2e-7]),
        (25_783.123, 1.960_055_997_470_564, [0.999_920_212_317_698, 1.167_540_864_987_346_9e-7]),
        (1e6, 1.959_966_356_814_107, [0.999_920_211_564, 1.158_271_303_847_502_3e-7]),
        (1e18, 1.959_963_984_540_054, [0.999_920_211_544_052_7, 1.158_026_807_992_917_7e-7]),
    ];
    for (freedom, quantile, tails) in rows {
        close(distribution::student_quantile(0.975, freedom), quantile);
        close(distribution::student_two_sided(0.0001, freedom), tails[0]);
        close(distribution::student_two_sided(-5.3, freedom), tails[1]);
    }
    close(distribution::student_two_sided(12.0, 1.0), 0.052_929_352_119_179_75);
    close(distribution::student_two_sided(12.0, 30.0), 5.580_185_415_199_256e-13);
    close(distribution::student_two_sided(12.0, 499.9), 2.490_176_100_775_886e-29);
    close(distribution::student_two_sided(12.0, 500.0), 2.486_451_278_461_845e-29);
    close(distribution::student_two_sided(12.0, 25_783.123), 4.353_038_335_581_027e-33);
    assert_eq!(distribution::student_two_sided(0.0, 7.0), 1.0);
    assert_eq!(distribution::student_two_sided(0.0, 700.0), 1.0);
    close(distribution::normal_two_sided(20.0), 5.507_248_237_212_311e-89);
    close(distribution::normal_quantile(0.975), 1.959_963_984_540_054);
}

#[test]
fn arms_that_say_nothing_are_said_to_say_nothing() {
    let arm = |customers, converted| Conversions { customers, converted };
    let both = |a, b| (proportions(a, b).err(), proportions_pooled(a, b).err());
    let few = Some(Undetermined::TooFewCustomers);
    assert_eq!(both(arm(1, 1), arm(100, 3)), (few, few));
    assert_eq!(both(arm(100, 3), arm(0, 0)), (few, few));
    let flat = Some(Undetermined::NoVariance);
    assert_eq!(both(arm(10, 0), arm(20, 0)), (flat, flat));
    assert_eq!(both(arm(10, 10), arm(20, 20)), (flat, flat));
    let wrong = Some(Undetermined::Contradictory);
    assert_eq!(both(arm(10, 11), arm(20, 1)), (wrong, wrong));

    let sums = |customers, sum, sum_of_squares| Sums { customers, sum, sum_of_squares };
    assert_eq!(means(sums(1, 5, 25), sums(9, 5, 25)).err(), few);
    assert_eq!(means(sums(3, 6, 12), sums(2, 8, 32)).err(), flat, "all 2 against all 4");
    assert_eq!(means(sums(3, 60, 12), sums(2, 8, 40)).err(), wrong);
    assert_eq!(Conversions::default().rate(), None);
    assert_eq!(Sums::default().mean(), None);
}

#[test]
fn without_conversions_in_the_control_arm_there_is_no_relative_lift() {
    let none = Conversions { customers: 100, converted: 0 };
    let some = Conversions { customers: 100, converted: 5 };
    let effect = proportions(some, none).expect("determined");
    assert_eq!((effect.relative, effect.relative_interval), (None, None));
    assert!(effect.absolute > 0.0 && effect.p_value < 0.05);
}

#[test]
fn one_customer_who_buys_for_a_fortune_costs_no_precision() {
    // A million customers who spend 10^12 + 0 or 1: floats alone would lose the variance.
    let base = 1_000_000_000_000_i128;
    let (n, half) = (1_000_000_u64, 500_000_i128);
    let sum = base * i128::from(n) + half;
    let squares = base * base * i128::from(n) + 2 * base * half + half;
    let sum_of_squares = squares.unsigned_abs();
    let variance = Sums { customers: n, sum, sum_of_squares }.variance().expect("two or more");
    close(variance, 0.25 * 1_000_000.0 / 999_999.0);
}

fn conversions() -> impl Strategy<Value = Conversions> {
    let customers = prop_oneof![2_u64..10, 2_u64..1_000_000, 2_u64..u64::MAX];
    (customers, any::<prop::sample::Index>()).prop_map(|(customers, share)| {
        let steps = usize::try_from(customers.min(1 << 30)).expect("fits");
        let step = u64::try_from(share.index(steps + 1)).expect("fits");
        Conversions { customers, converted: step.min(customers) }
    })
}

fn sums() -> impl Strategy<Value = Sums> {
    let amounts = prop_oneof![
        prop::collection::vec(-1_000_i64..1_000, 0..20),
        prop::collection::vec(i64::MIN / 4..i64::MAX / 4, 0..20),
    ];
    amounts.prop_map(|amounts| sums_of(&amounts))
}

fn sums_of(amounts: &[i64]) -> Sums {
    Sums {
        customers: u64::try_from(amounts.len()).expect("fits"),
        sum: amounts.iter().map(|&amount| i128::from(amount)).sum(),
        sum_of_squares: amounts.iter().map(|&a| u128::from(a.unsigned_abs()).pow(2)).sum(),
    }
}

fn sound(effect: Result<Effect, Undetermined>) -> bool {
    let Ok(effect) = effect else { return true };
    let Effect { absolute, interval, relative, relative_interval, statistic, p_value } = effect;
    let around = |value: f64, interval: Interval| {
        let all = [value, interval.low, interval.high];
        all.iter().all(|value| value.is_finite()) && interval.low <= value && value <= interval.high
    };
    around(absolute, interval)
        && relative.zip(relative_interval).is_none_or(|(value, interval)| around(value, interval))
        && statistic.is_finite()
        && (0.0..=1.0).contains(&p_value)
}

/// Else a gain over a control that loses money would be told as a loss.
#[test]
fn an_effect_has_no_relative_size_against_a_mean_that_is_not_above_zero() {
    let of = |amounts: &[i64]| sums_of(amounts).sample().expect("a sample");
    let better = |control: &[i64]| {
        let effect = compare(of(&[5, 6, 7]), of(control)).expect("an effect");
        assert!(effect.absolute > 0.0);
        (effect.relative, effect.relative_interval)
    };
    assert_eq!(better(&[-3, -2, -1]), (None, None));
    assert_eq!(better(&[-1, 0, 1]), (None, None));
    assert!(better(&[1, 2, 3]).0.is_some_and(|relative| relative > 0.0));
}

proptest! {
    #[test]
    fn no_counts_ever_give_nan(a in conversions(), b in conversions()) {
        prop_assert!(sound(proportions(a, b)), "{:?}", proportions(a, b));
        if let Ok(test) = proportions_pooled(a, b) {
            prop_assert!(test.statistic.is_finite() && (0.0..=1.0).contains(&test.p_value));
        }
    }

    #[test]
    fn no_sums_ever_give_nan(a in sums(), b in sums()) {
        prop_assert!(sound(means(a, b)), "{:?}", means(a, b));
    }

    #[test]
    fn the_interval_excludes_zero_exactly_when_the_test_is_significant(
        a in conversions(), b in conversions(), x in sums(), y in sums(),
    ) {
        for effect in [proportions(a, b), means(x, y)].into_iter().flatten() {
            // At the very border, rounding decides.
            prop_assume!((effect.p_value - 0.05).abs() > 1e-7);
            let excluded = effect.interval.excludes_zero();
            prop_assert_eq!(excluded, effect.p_value < 0.05, "{:?}", effect);
        }
    }

    #[test]
    fn exchanging_the_arms_only_turns_the_sign(a in sums(), b in sums()) {
        if let (Ok(there), Ok(back)) = (means(a, b), means(b, a)) {
            prop_assert_eq!(there.absolute, -back.absolute);
            prop_assert_eq!(there.interval.low, -back.interval.high);
            prop_assert_eq!(there.p_value, back.p_value);
        }
    }
}

/// `scipy.stats.chi2.sf`, and of the sequential test `scipy.special.gammaln` in its formula.
#[test]
fn a_split_that_is_off_is_told_from_one_that_chance_made() {
    let hillstrom = split_mismatch(&[(21_306, 1.0), (21_307, 1.0), (21_387, 1.0)]);
    let hillstrom = hillstrom.expect("determined");
    close(hillstrom.chi_squared, 0.202_531_25);
    close(hillstrom.p_value, 0.903_692_957_560_419_6);
    assert_eq!(hillstrom.anytime_p_value, 1.0);
    let off = split_mismatch(&[(600, 50.0), (400, 50.0)]).expect("determined");
    close(off.p_value, 2.539_628_589_470_863_4e-10);
    assert!((off.anytime_p_value - 6.283_100_137e-5).abs() < 1e-12, "{off:?}");
    let weighted = split_mismatch(&[(600, 60.0), (400, 40.0)]).expect("determined");
    assert_eq!((weighted.p_value, weighted.anytime_p_value), (1.0, 1.0));
    let lost = split_mismatch(&[(u64::MAX, 1.0), (0, 1.0)]).expect("determined");
    assert_eq!((lost.p_value, lost.anytime_p_value), (0.0, 0.0));
}

#[test]
fn a_split_that_cannot_be_checked_is_said_to_be_so() {
    let few = Some(Undetermined::TooFewCustomers);
    assert_eq!(split_mismatch(&[(5, 1.0)]).err(), few);
    assert_eq!(split_mismatch(&[(0, 1.0), (0, 1.0)]).err(), few);
    for weight in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let impossible = Some(Undetermined::Impossible);
        assert_eq!(split_mismatch(&[(5, 1.0), (5, weight)]).err(), impossible);
    }
}

#[test]
fn chi_squared_has_the_tails_of_the_tables() {
    let rows = [
        (0.5, 1.0, 0.479_500_122_186_953_37),
        (3.841, 1.0, 0.050_013_683_763_956_804),
        (50.0, 1.0, 1.537_459_794_428_033e-12),
        (0.1, 7.0, 0.999_997_688_581_201_4),
        (20.0, 7.0, 0.005_569_683_072_945_574),
    ];
    for (x, freedom, above) in rows {
        close(distribution::chi_squared_above(x, freedom), above);
    }
    assert_eq!(distribution::chi_squared_above(0.0, 3.0), 1.0);
    assert_eq!(distribution::chi_squared_above(1_500.0, 3.0), 0.0);
    assert_eq!(distribution::chi_squared_above(f64::INFINITY, 3.0), 0.0);
}

#[test]
fn decimals_give_what_whole_numbers_give() {
    let (mut running, mut pairs) = (Running::default(), RunningPairs::default());
    let (mut exact, mut both) = (Sums::default(), Pairs::default());
    let add = |sums: &mut Sums, value: i64| {
        sums.customers += 1;
        sums.sum += i128::from(value);
        sums.sum_of_squares += u128::from(value.unsigned_abs().pow(2));
    };
    for value in 0_i64..500 {
        let (first, second) = (value * value % 97 - 20, value * 7 % 31);
        running.add(first as f64);
        add(&mut exact, first);
        pairs.add(first as f64, second as f64);
        add(&mut both.first, first);
        add(&mut both.second, second);
        both.sum_of_products += i128::from(first * second);
    }
    let (running, exact) = (running.sample().expect("many"), exact.sample().expect("many"));
    close(running.mean(), exact.mean());
    close(running.variance(), exact.variance());
    let pairs = pairs.joint(Measure::Mean).and_then(Joint::ratio).expect("many");
    let both = both.joint().and_then(Joint::ratio).expect("many");
    close(pairs.mean(), both.mean());
    close(pairs.variance(), both.variance());
}

#[test]
fn a_covariate_that_explains_everything_leaves_no_variance() {
    let arm = |shift: i128| {
        let values = [1_i128, 5, 9, 2, 7, 7];
        let sums = |by: i128| Sums {
            customers: 6,
            sum: values.iter().map(|value| value + by).sum(),
            sum_of_squares: values.iter().map(|value| (value + by).pow(2).unsigned_abs()).sum(),
        };
        let sum_of_products = values.iter().map(|value| (value + shift) * value).sum();
        let pairs = Pairs { first: sums(shift), second: sums(0), sum_of_products };
        pairs.joint().expect("six customers")
    };
    let (treated, control) = adjust(arm(3), arm(0)).expect("determined");
    assert!((treated.mean() - control.mean() - 3.0).abs() < 1e-12, "{treated:?} {control:?}");
    assert_eq!(compare(treated, control).err(), Some(Undetermined::NoVariance));
    let arm = |sample: Sample, variance| Sample::new(sample.size(), 0.0, variance);
    let plain = (arm(treated, 10.0).expect("six"), arm(control, 10.0).expect("six"));
    let reduction = variance_reduction(plain, (treated, control)).expect("it varied");
    assert!((reduction - 1.0).abs() < 1e-12, "{reduction}");
    let flat = (arm(treated, 0.0).expect("six"), arm(control, 0.0).expect("six"));
    assert_eq!(variance_reduction(flat, plain), None);
}

#[test]
fn every_look_at_an_interval_costs_some_of_its_width() {
    let (treated, control) = (MENS.sample().expect("many"), NONE.sample().expect("many"));
    let fixed = compare(treated, control).expect("determined");
    let always = anytime(treated, control, 5_000.0).expect("determined");
    let width = |interval: Interval| interval.high - interval.low;
    let times = width(always.interval) / width(fixed.interval);
    assert!((1.5..1.8).contains(&times), "{times}");
    assert!(always.p_value > fixed.p_value && always.p_value < 1e-9, "{always:?}");
    for tuning in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(anytime(treated, control, tuning).err(), Some(Undetermined::Impossible));
    }
}

#[test]
fn a_prior_pulls_the_belief_towards_itself() {
    let (treated, control) = (MENS.sample().expect("many"), NONE.sample().expect("many"));
    let flat = belief(treated, control, Scale::Relative, Prior::Flat).expect("determined");
    let doubt = Prior::Normal { mean: 0.0, variance: 0.01 };
    let doubting = belief(treated, control, Scale::Relative, doubt).expect("determined");
    assert!(doubting.effect > 0.0 && doubting.effect < flat.effect / 2.0);
    assert!(doubting.chance_to_win < flat.chance_to_win);
    assert!(doubting.expected_loss >= 0.0 && doubting.expected_loss_of_control > 0.0);
    let none = Prior::Normal { mean: 0.0, variance: 0.0 };
    let impossible = Some(Undetermined::Impossible);
    assert_eq!(belief(treated, control, Scale::Relative, none).err(), impossible);
}

/// By hand from the definitions.
#[test]
fn corrected_p_values_keep_their_places() {
    let p_values = [0.01, 0.04, 0.03, 0.005];
    let same = |actual: Vec<f64>, expected: [f64; 4]| {
        for (actual, expected) in actual.into_iter().zip(expected) {
            close(actual, expected);
        }
    };
    same(holm(&p_values), [0.03, 0.06, 0.06, 0.02]);
    same(benjamini_hochberg(&p_values), [0.02, 0.04, 0.04, 0.02]);
    assert_eq!(holm(&[0.6, 0.7]), [1.0, 1.0]);
    assert!(holm(&[]).is_empty() && benjamini_hochberg(&[]).is_empty());
}

#[test]
fn half_the_effect_needs_four_times_the_customers() {
    let (treated, control) = (MENS.sample().expect("many"), NONE.sample().expect("many"));
    let found = detectable(treated, control, Scale::Absolute).expect("determined");
    let needed = |effect| customers_needed(treated, control, effect, Scale::Absolute);
    let now = needed(found * (1.0 + 1e-9)).expect("determined");
    assert_eq!(now, 42_613.0, "it is what these arms can find");
    let half = needed(-found / 2.0).expect("determined");
    assert!((half - 4.0 * now).abs() <= 4.0, "{half}");
    assert_eq!(days_needed(now, 1_000.0), Ok(43.0));
    assert_eq!(needed(0.0), Err(Undetermined::Impossible));
    assert_eq!(days_needed(now, 0.0), Err(Undetermined::Impossible));
}

/// `numpy.quantile` of the same.
#[test]
fn a_quantile_lies_between_two_values() {
    let mut values = [15.0, 20.0, 35.0, 40.0, 50.0];
    for (ten_thousandths, expected) in
        [(0, 15.0), (4_000, 29.0), (5_000, 35.0), (9_900, 49.6), (10_000, 50.0)]
    {
        close(quantile(&mut values, ten_thousandths).expect("five"), expected);
    }
    assert_eq!(quantile(&mut [], 5_000), Err(Undetermined::TooFewCustomers));
    assert_eq!(quantile(&mut values, 10_001), Err(Undetermined::Impossible));
    assert_eq!(quantile(&mut [1.0, f64::NAN], 5_000), Err(Undetermined::OutOfRange));
}

fn any_sample() -> impl Strategy<Value = Sample> {
    let value = prop_oneof![-1e3..1e3_f64, any::<f64>()];
    (2_u64..u64::MAX, value.clone(), value).prop_filter_map("an arm", |(size, mean, variance)| {
        Sample::new(size, mean, variance.abs()).ok()
    })
}

proptest! {
    #[test]
    fn no_arms_whatever_give_nan(a in any_sample(), b in any_sample(), tuning in any::<f64>()) {
        prop_assert!(sound(compare(a, b)), "{:?}", compare(a, b));
        if let Ok(found) = anytime(a, b, tuning) {
            let Interval { low, high } = found.interval;
            prop_assert!(low.is_finite() && high.is_finite(), "{found:?}");
            prop_assert!((0.0..=1.0).contains(&found.p_value), "{found:?}");
        }
        for scale in [Scale::Absolute, Scale::Relative] {
            if let Ok(found) = belief(a, b, scale, Prior::Flat) {
                let losses = found.expected_loss.min(found.expected_loss_of_control);
                prop_assert!((0.0..=1.0).contains(&found.chance_to_win), "{found:?}");
                prop_assert!(losses >= 0.0 && found.expected_loss.is_finite(), "{found:?}");
                prop_assert!(found.expected_loss_of_control.is_finite(), "{found:?}");
            }
            prop_assert!(detectable(a, b, scale).is_ok_and(f64::is_finite)
                || detectable(a, b, scale).is_err());
        }
    }
}

use proptest::prelude::*;

use super::{
    Conversions, Effect, Sums, Undetermined, distribution, means, proportions, proportions_pooled,
};

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

#[track_caller]
fn same(actual: Effect, expected: Effect) {
    close(actual.absolute, expected.absolute);
    close(actual.relative.expect("some"), expected.relative.expect("some"));
    close(actual.ci_low, expected.ci_low);
    close(actual.ci_high, expected.ci_high);
    close(actual.statistic, expected.statistic);
    close(actual.p_value, expected.p_value);
}

/// The expected values were computed with scipy 1.17.
#[test]
fn the_published_experiment_gives_the_published_lift_in_conversion() {
    let expected = Effect {
        absolute: 0.006_805_006_519_615_695,
        relative: Some(1.188_421_876_286_328),
        ci_low: 0.005_000_171_380_452_313,
        ci_high: 0.008_609_841_658_779_076,
        statistic: 7.389_909_141_058_475,
        p_value: 1.469_291_797_925_834_6e-13,
    };
    same(proportions(MENS, NONE).expect("determined"), expected);
    let pooled = proportions_pooled(MENS, NONE).expect("determined");
    close(pooled.statistic, 7.385_114_410_925_771);
    close(pooled.p_value, 1.523_223_500_595_542_7e-13);
}

/// The expected values were computed with scipy 1.17, at 36,671.158 degrees of freedom.
#[test]
fn the_published_experiment_gives_the_published_lift_in_spend() {
    let expected = Effect {
        absolute: 76.982_715_589_453_65,
        relative: Some(1.179_288_770_362_005_9),
        ci_low: 48.513_973_256_840_735,
        ci_high: 105.451_457_922_066_57,
        statistic: 5.300_140_358_411_668,
        p_value: 1.163_814_968_225_485_9e-7,
    };
    same(means(MENS_SPEND, NONE_SPEND).expect("determined"), expected);
}

/// `scipy.stats.ttest_ind(equal_var=False)` of 3 1 4 1 5 9 2 6 against 2 7 1 8 2, df 7.535.
#[test]
fn small_arms_are_compared_by_students_t() {
    let treated = Sums { customers: 8, sum: 31, sum_of_squares: 173 };
    let control = Sums { customers: 5, sum: 20, sum_of_squares: 122 };
    let expected = Effect {
        absolute: -0.125,
        relative: Some(-0.031_25),
        ci_low: -4.192_048_805_489_336,
        ci_high: 3.942_048_805_489_336_3,
        statistic: -0.071_642_985_750_486_86,
        p_value: 0.944_750_849_469_058_9,
    };
    same(means(treated, control).expect("determined"), expected);
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
    assert_eq!(effect.relative, None);
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
    amounts.prop_map(|amounts| Sums {
        customers: u64::try_from(amounts.len()).expect("fits"),
        sum: amounts.iter().map(|&amount| i128::from(amount)).sum(),
        sum_of_squares: amounts.iter().map(|&a| u128::from(a.unsigned_abs()).pow(2)).sum(),
    })
}

fn sound(effect: Result<Effect, Undetermined>) -> bool {
    let Ok(effect) = effect else { return true };
    let Effect { absolute, relative, ci_low, ci_high, statistic, p_value } = effect;
    let all = [absolute, relative.unwrap_or(0.0), ci_low, ci_high, statistic, p_value];
    all.iter().all(|value| value.is_finite())
        && ci_low <= absolute
        && absolute <= ci_high
        && (0.0..=1.0).contains(&p_value)
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
            let excluded = effect.ci_low > 0.0 || effect.ci_high < 0.0;
            prop_assert_eq!(excluded, effect.p_value < 0.05, "{:?}", effect);
        }
    }

    #[test]
    fn exchanging_the_arms_only_turns_the_sign(a in sums(), b in sums()) {
        if let (Ok(there), Ok(back)) = (means(a, b), means(b, a)) {
            prop_assert_eq!(there.absolute, -back.absolute);
            prop_assert_eq!(there.ci_low, -back.ci_high);
            prop_assert_eq!(there.p_value, back.p_value);
        }
    }
}

"""Asks gbstats, statsmodels for what that has not, and mmh3 for the hash, about experiments.

Reads one JSON object from standard input, a list of questions for each of the functions below, and writes
the answers in the same order to standard output.
"""

import json
import sys

import mmh3
import numpy as np
from gbstats.bayesian.tests import EffectBayesianABTest, EffectBayesianConfig, GaussianPrior
from gbstats.frequentist.tests import (
    FrequentistConfig,
    SequentialConfig,
    SequentialTwoSidedTTest,
    TwoSidedTTest,
)
from gbstats.models.statistics import (
    ProportionStatistic,
    RatioStatistic,
    RegressionAdjustedStatistic,
    SampleMeanStatistic,
)
from gbstats.utils import check_srm
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import normal_sample_size_one_tail
from statsmodels.stats.proportion import proportions_ztest


def one(arm, numbers, is_proportion):
    if is_proportion:
        return ProportionStatistic(n=arm["n"], sum=numbers["sum"])
    return SampleMeanStatistic(
        n=arm["n"], sum=numbers["sum"], sum_squares=numbers["sum_of_squares"]
    )


def statistic(kind, arm):
    first = one(arm, arm["first"], kind in ("proportion", "adjusted_proportion"))
    if kind in ("proportion", "mean"):
        return first
    second = one(arm, arm["second"], False)
    if kind == "ratio":
        return RatioStatistic(
            n=arm["n"],
            m_statistic=first,
            d_statistic=second,
            m_d_sum_of_products=arm["sum_of_products"],
        )
    return RegressionAdjustedStatistic(
        n=arm["n"],
        post_statistic=first,
        pre_statistic=second,
        post_pre_sum_of_products=arm["sum_of_products"],
        theta=0,
    )


def effects(question):
    """Both scales of the fixed, the sequential and the Bayesian test of two arms."""
    answer = {}
    for scale in ("absolute", "relative"):
        # Made anew each time: gbstats writes theta into them.
        arms = lambda: [statistic(question["kind"], question[arm]) for arm in ("control", "treated")]
        fixed = TwoSidedTTest(*arms(), FrequentistConfig(difference_type=scale))
        result = fixed.compute_result()
        assert result.error_message is None, result
        tuning = question["tuning"]
        sequential = SequentialTwoSidedTTest(
            *arms(), SequentialConfig(difference_type=scale, sequential_tuning_parameter=tuning)
        ).compute_result()
        mean, variance = question["prior"]
        beliefs = []
        for proper in (False, True):
            prior = GaussianPrior(mean=mean, variance=variance, proper=proper)
            config = EffectBayesianConfig(
                difference_type=scale, prior_effect=prior, prior_type=scale
            )
            belief = EffectBayesianABTest(*arms(), config).compute_result()
            beliefs.append(
                [belief.expected, *belief.ci, belief.chance_to_win, belief.risk[1], belief.risk[0]]
            )
        answer[scale] = {
            "fixed": [result.expected, *result.ci],
            "statistic": fixed.critical_value,
            "p_value": result.p_value,
            "sequential": sequential.ci,
            "sequential_p_value": sequential.p_value,
            "beliefs": beliefs,
        }
    return answer


def splits(question):
    return check_srm(question["counts"], question["weights"])


def pooled(question):
    statistic, p_value = proportions_ztest(question["converted"], question["customers"])
    return [statistic, p_value]


def corrections(p_values):
    return [multipletests(p_values, method=method)[1].tolist() for method in ("holm", "fdr_bh")]


def sizes(question):
    """Customers of the treated arm for an effect, of arms with a ratio of sizes."""
    ratio = question["treated_size"] / question["control_size"]
    deviation = np.sqrt(question["treated_variance"] + question["control_variance"] * ratio)
    treated = normal_sample_size_one_tail(
        question["effect"], 0.8, 0.025, std_null=deviation, std_alternative=deviation
    )
    return treated * (1 + 1 / ratio)


def quantiles(question):
    return np.quantile(question["values"], question["ten_thousandths"] / 10_000)


def assignments(question):
    """Each unit's arm by flagd's fractional algorithm: the first whose cumulative weight is above the bucket.

    Who is held out is drawn first, under a salt that begins with a word and a unit separator.
    """
    bucket_of = lambda salt, unit, total: mmh3.hash(salt + unit, 0, signed=False) * total >> 32
    ends = np.cumsum([weight for _, weight in question["weights"]]).tolist()
    variants = []
    for unit in question["units"]:
        if bucket_of("holdout\x1f" + question["salt"], unit, 100) < question["holdout"]:
            variants.append("holdout")
            continue
        bucket = bucket_of(question["salt"], unit, ends[-1])
        place = next(place for place, end in enumerate(ends) if bucket < end)
        variants.append(question["weights"][place][0])
    return variants


FUNCTIONS = [effects, splits, pooled, corrections, sizes, quantiles, assignments]


def plain(value):
    """numpy's numbers as Python's."""
    return value.item() if hasattr(value, "item") else str(value)


if __name__ == "__main__":
    questions = json.load(sys.stdin)
    answers = {f.__name__: [f(each) for each in questions.get(f.__name__, [])] for f in FUNCTIONS}
    json.dump(answers, sys.stdout, default=plain)

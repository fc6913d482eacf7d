"""Makes oracle.json, the values that test/unit/statistics/oracle.test.ts compares with, by scipy, statsmodels and sklearn.

    pip install scipy statsmodels scikit-learn && python3 test/unit/statistics/oracle/make.py
"""

import json
import pathlib

import numpy as np
import scipy
import sklearn
import statsmodels
from scipy import stats
from sklearn.metrics import roc_auc_score
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests

rng = np.random.default_rng(15)
size, groups = 400, 20
group = rng.integers(0, groups, size)
values = np.round(rng.standard_t(4, size) * 0.7 + rng.normal(0, 0.3, groups)[group] + 0.05, 4)
scores = np.round(rng.normal(0, 2, size), 1)
events = rng.random(size) < 1 / (1 + np.exp(-0.3 * scores))
p_values = np.round(rng.random(9) ** 3, 5)
effects = np.round(rng.normal(0.02, 0.08, 7), 4)
errors = np.round(rng.uniform(0.02, 0.08, 7), 4)

ascending = np.sort(values)
# Without statsmodels' own small-sample factors: G / (G - 1) alone, as is usual for a mean of clusters.
fit = OLS(values, np.ones(size)).fit(cov_type="cluster", cov_kwds={"groups": group, "use_correction": False})
meta = combine_effects(effects, errors**2, method_re="dl")
row = meta.summary_frame().loc["random effect"]

oracle = {
    "made_by": f"numpy {np.__version__}, scipy {scipy.__version__}, statsmodels {statsmodels.__version__}, "
    f"scikit-learn {sklearn.__version__}",
    "values": values.tolist(),
    "groups": group.tolist(),
    "scores": scores.tolist(),
    "events": events.tolist(),
    "p_values": p_values.tolist(),
    "effects": effects.tolist(),
    "errors": errors.tolist(),
    "expected": {
        "mean": float(np.mean(values)),
        "median": float(np.median(values)),
        "deviation": float(np.std(values)),
        "downside": float(np.sqrt(np.mean(np.minimum(values, 0) ** 2))),
        "worst5": float(ascending[: int(np.ceil(size * 0.05))].mean()),
        "worst20": float(ascending[: int(np.ceil(size * 0.2))].mean()),
        "quantiles": {str(q): float(np.quantile(values, q)) for q in (0, 0.025, 0.31, 0.5, 0.975, 1)},
        "clustered_error": float(fit.bse[0] * np.sqrt(groups / (groups - 1))),
        "clustered_p_t": float(2 * stats.t.sf(abs(fit.params[0] / (fit.bse[0] * np.sqrt(groups / (groups - 1)))), groups - 1)),
        "auc": float(roc_auc_score(events, scores)),
        "mann_whitney_auc": float(
            stats.mannwhitneyu(scores[events], scores[~events]).statistic / (events.sum() * (~events).sum())
        ),
        "holm": multipletests(p_values, method="holm")[1].tolist(),
        "pooled": {
            "value": float(row["eff"]),
            "low": float(row["ci_low"]),
            "high": float(row["ci_upp"]),
            "between_variance": float(meta.tau2),
            "heterogeneity": float(meta.i2),
        },
    },
}
path = pathlib.Path(__file__).parent / "oracle.json"
path.write_text(json.dumps(oracle) + "\n")

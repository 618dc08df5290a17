"""The field: what a good data team would fit instead. All are free to use training and validation rows as they like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.quality.tables import Table
from training.learn.calibrate import fit_beta, logit
from training.table.split import Split

Floats = npt.NDArray[np.float64]
Predict = Callable[[Any], Floats]
"""A prepared frame (m rows) -> probabilities (m,)."""

THREADS = 2
TREES = 2_000
PATIENCE = 50
FOLDS = 5


@dataclass(frozen=True)
class Fitted:
    """A fitted model: ``prepare`` makes of a frame what ``predict`` reads; only the latter is timed when serving."""

    prepare: Callable[[pd.DataFrame], Any]
    predict: Predict


def fit_field(name: str, table: Table, parts: Split, seed: int, trials: int) -> Fitted:
    """Fit one of ``FIELD`` on the training and validation part, tuned with so many trials where it is tuned."""
    return FIELD[name](table, parts, seed, trials)


def _texts(table: Table) -> list[str]:
    return [name for name in table.frame.columns if not pd.api.types.is_numeric_dtype(table.frame[name])]


def _with_missing_as_text(table: Table) -> Callable[[pd.DataFrame], pd.DataFrame]:
    names = _texts(table)
    return lambda frame: frame.assign(**{n: frame[n].astype(object).fillna("nan").astype(str) for n in names})


def _with_categories(table: Table, rows: Any) -> Callable[[pd.DataFrame], pd.DataFrame]:
    seen = {name: sorted(table.frame[name].iloc[rows].dropna().astype(str).unique()) for name in _texts(table)}
    return lambda frame: frame.assign(**{n: pd.Categorical(frame[n], categories=levels) for n, levels in seen.items()})


Suggest = Callable[[Any], dict[str, Any]]
FitOne = Callable[[dict[str, Any], Any, Any, Any, Any], Predict]
Parts = tuple[tuple[Any, Any], tuple[Any, Any]]
"""Prepared frames of the training and validation part, and their labels."""


def _tuned(suggest: Suggest, fit: FitOne, parts: Parts, seed: int, trials: int) -> Predict:
    """Return the best of ``trials`` by log loss on the validation part, which also stops each trial's boosting."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    (frame, stop), (labels, stop_labels) = parts
    found: list[tuple[float, Predict]] = []

    def objective(trial: optuna.Trial) -> float:
        predict = fit(suggest(trial), frame, labels, stop, stop_labels)
        loss = float(log_loss(stop_labels, predict(stop)))
        if not found or loss < found[0][0]:
            found[:] = [(loss, predict)]
        return loss

    optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed)).optimize(objective, n_trials=trials)
    return found[0][1]


def _two(table: Table, parts: Split, prepare: Callable[[pd.DataFrame], Any]) -> Parts:
    rows = parts.train, parts.validation
    frames = tuple(prepare(table.frame.iloc[part]) for part in rows)
    return (frames[0], frames[1]), (table.labels[rows[0]], table.labels[rows[1]])


def _logistic(table: Table, parts: Split, seed: int, trials: int) -> Fitted:
    prepare, texts = _with_missing_as_text(table), _texts(table)
    numbers = [name for name in table.frame.columns if name not in texts]

    def fit(options: dict[str, Any], x: Any, y: Any, _vx: Any, _vy: Any) -> Predict:
        scaled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
        columns = make_column_transformer((scaled, numbers), (OneHotEncoder(handle_unknown="ignore"), texts))
        model = make_pipeline(columns, LogisticRegression(max_iter=2_000, **options)).fit(x, y)
        return lambda frame: model.predict_proba(frame)[:, 1]

    def suggest(trial: Any) -> dict[str, Any]:
        return {"C": trial.suggest_float("C", 1e-3, 1e2, log=True)}

    return Fitted(prepare, _tuned(suggest, fit, _two(table, parts, prepare), seed, trials))


def _lightgbm(table: Table, parts: Split, seed: int, trials: int) -> Fitted:
    import lightgbm

    def suggest(trial: Any) -> dict[str, Any]:
        return {
            "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.2, log=True),
            "num_leaves": trial.suggest_int("num_leaves", 4, 127, log=True),
            "min_child_samples": trial.suggest_int("min_child_samples", 5, 100, log=True),
            "subsample": trial.suggest_float("subsample", 0.5, 1.0),
            "colsample_bytree": trial.suggest_float("colsample_bytree", 0.4, 1.0),
            "reg_lambda": trial.suggest_float("reg_lambda", 1e-3, 10.0, log=True),
        }

    def fit(options: dict[str, Any], x: Any, y: Any, vx: Any, vy: Any) -> Predict:
        model = lightgbm.LGBMClassifier(
            n_estimators=TREES, subsample_freq=1, verbose=-1, n_jobs=THREADS, random_state=seed, **options
        )
        stop = lightgbm.early_stopping(PATIENCE, verbose=False)
        model.fit(x, y, eval_X=vx, eval_y=vy, eval_metric="binary_logloss", callbacks=[stop])
        return lambda frame: np.asarray(model.predict_proba(frame, num_threads=1))[:, 1]

    prepare = _with_categories(table, parts.train)
    return Fitted(prepare, _tuned(suggest, fit, _two(table, parts, prepare), seed, trials))


def _xgboost(table: Table, parts: Split, seed: int, trials: int) -> Fitted:
    import xgboost

    def suggest(trial: Any) -> dict[str, Any]:
        return {
            "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.2, log=True),
            "max_depth": trial.suggest_int("max_depth", 2, 9),
            "min_child_weight": trial.suggest_float("min_child_weight", 0.5, 50, log=True),
            "subsample": trial.suggest_float("subsample", 0.5, 1.0),
            "colsample_bytree": trial.suggest_float("colsample_bytree", 0.4, 1.0),
            "reg_lambda": trial.suggest_float("reg_lambda", 1e-2, 10.0, log=True),
        }

    def fit(options: dict[str, Any], x: Any, y: Any, vx: Any, vy: Any) -> Predict:
        model = xgboost.XGBClassifier(
            n_estimators=TREES,
            enable_categorical=True,
            tree_method="hist",
            early_stopping_rounds=PATIENCE,
            eval_metric="logloss",
            n_jobs=THREADS,
            random_state=seed,
            **options,
        )
        model.fit(x, y, eval_set=[(vx, vy)], verbose=False)
        return lambda frame: np.asarray(model.predict_proba(frame))[:, 1]

    prepare = _with_categories(table, parts.train)
    return Fitted(prepare, _tuned(suggest, fit, _two(table, parts, prepare), seed, trials))


def _fit_catboost(options: dict[str, Any], texts: list[str], seed: int) -> FitOne:
    from catboost import CatBoostClassifier

    def fit(more: dict[str, Any], x: Any, y: Any, vx: Any, vy: Any) -> Predict:
        model = CatBoostClassifier(
            verbose=0,
            thread_count=THREADS,
            early_stopping_rounds=PATIENCE,
            cat_features=texts,
            allow_writing_files=False,
            random_seed=seed,
            **options,
            **more,
        )
        model.fit(x, y, eval_set=(vx, vy))
        return lambda frame: np.asarray(model.predict_proba(frame, thread_count=1))[:, 1]

    return fit


def _catboost(table: Table, parts: Split, seed: int, trials: int) -> Fitted:
    def suggest(trial: Any) -> dict[str, Any]:
        return {
            "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.2, log=True),
            "depth": trial.suggest_int("depth", 3, 8),
            "l2_leaf_reg": trial.suggest_float("l2_leaf_reg", 1.0, 10.0, log=True),
        }

    prepare = _with_missing_as_text(table)
    fit = _fit_catboost({"iterations": 1_500}, _texts(table), seed)
    return Fitted(prepare, _tuned(suggest, fit, _two(table, parts, prepare), seed, trials))


def _catboost_bag(table: Table, parts: Split, seed: int, _trials: int) -> Fitted:
    """Five folds over training and validation part, each stopped by its own fold; beta calibration out of fold."""
    rows = np.sort(np.concatenate([parts.train, parts.validation]))
    prepare = _with_missing_as_text(table)
    frame, labels = prepare(table.frame.iloc[rows]), table.labels[rows]
    fit = _fit_catboost({"iterations": TREES, "learning_rate": 0.05, "depth": 6}, _texts(table), seed)
    out_of_fold, members = np.empty(len(rows)), []
    for train, held_out in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(frame, labels):
        member = fit({}, frame.iloc[train], labels[train], frame.iloc[held_out], labels[held_out])
        out_of_fold[held_out] = member(frame.iloc[held_out])
        members.append(member)
    calibration = fit_beta(logit(out_of_fold), labels)
    return Fitted(prepare, lambda asked: calibration(logit(np.mean([member(asked) for member in members], axis=0))))


FIELD: Mapping[str, Callable[[Table, Split, int, int], Fitted]] = {
    "logistic regression": _logistic,
    "LightGBM, tuned": _lightgbm,
    "XGBoost, tuned": _xgboost,
    "CatBoost, tuned": _catboost,
    "CatBoost, bag of 5": _catboost_bag,
}

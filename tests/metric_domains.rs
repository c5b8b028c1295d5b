//! Numbers at a threshold, deviances and ratios at the ends of what they are defined for.

use mlgate::testing::stats::Undefined;

use crate::metric_edges::{binary, measured, near, numbers, scored, value};

#[test]
fn operating_points_keep_tied_rows_together() {
    // By threshold, positives and negatives above: 0.9 1/0, 0.6 2/2, 0.3 4/2, 0.1 4/4.
    let labels = "11001100";
    let scores = [0.9, 0.6, 0.6, 0.6, 0.3, 0.3, 0.1, 0.1];
    let of = |name: &str| value(name, scored(labels, &scores));
    near(of("recall_at_fpr@0"), 0.25);
    near(of("recall_at_fpr@0.49"), 0.25);
    near(of("recall_at_fpr@0.5"), 1.0);
    near(of("recall_at_specificity@0.5"), 1.0);
    near(of("recall_at_specificity@0.51"), 0.25);
    near(of("specificity_at_recall@0.25"), 1.0);
    near(of("specificity_at_recall@0.3"), 0.5);
    near(of("precision_at_recall@0.2"), 1.0);
    near(of("precision_at_recall@0.5"), 2.0 / 3.0);
    near(of("best_f1"), 0.8);
    near(of("recall_at_top@0.5"), 0.5);
    // Up to ½: ½ · (1 + 3) / 8 between the points (0, ¼), (½, ½) and up.
    near(of("partial_roc_auc@0.5"), 0.5 + 0.5 * (0.1875 - 0.125) / (0.5 - 0.125));
}

#[test]
fn numbers_at_a_threshold_are_undefined_without_one_of_the_classes() {
    for name in ["recall_at_fpr@0.1", "recall_at_specificity@0.9", "specificity_at_recall@0.9", "partial_roc_auc@0.1"] {
        for labels in ["1111", "0000"] {
            assert_eq!(
                value(name, scored(labels, &[0.9, 0.6, 0.3, 0.1])),
                Err(Undefined::OneClass),
                "{name}, {labels}"
            );
        }
    }
    for name in ["precision_at_recall@0.5", "best_f1", "recall_at_top@0.5"] {
        assert_eq!(value(name, scored("0000", &[0.9, 0.6, 0.3, 0.1])), Err(Undefined::NoPositives), "{name}");
    }
}

#[test]
fn deviances_are_of_what_their_distributions_can_be() {
    let of = |name: &str, label: f64, ours: f64| value(name, numbers(&[label, 2.0, 3.0], &[ours, 2.0, 2.5]));
    assert_eq!(of("mean_poisson_deviance", 1.0, 0.0), Err(Undefined::PredictionNotPositive));
    assert_eq!(of("mean_poisson_deviance", -1.0, 1.0), Err(Undefined::NegativeLabel));
    assert!(of("mean_poisson_deviance", 0.0, 1.0).is_ok());
    assert_eq!(of("mean_gamma_deviance", 0.0, 1.0), Err(Undefined::LabelNotPositive));
    assert_eq!(of("d2_tweedie@1.5", 1.0, -1.0), Err(Undefined::PredictionNotPositive));
    assert!(of("mean_tweedie_deviance@0", -1.0, -1.0).is_ok() && of("mean_tweedie_deviance@-1", -1.0, 1.0).is_ok());
    assert_eq!(value("d2_pinball@0.5", numbers(&[4.0; 3], &[1.0, 2.0, 3.0])), Err(Undefined::ConstantLabels));
    assert_eq!(value("nrmse", numbers(&[-1.0, 1.0], &[1.0, 2.0])), Err(Undefined::ZeroMean));
    near(value("nrmse", numbers(&[-4.0, -4.0], &[-6.0, -2.0])), 0.5);
}

#[test]
fn ratios_of_rates_need_what_is_below_them() {
    assert_eq!(value("positive_likelihood_ratio", binary("1100", "1100")), Err(Undefined::NoFalsePositives));
    assert_eq!(value("negative_likelihood_ratio", binary("1100", "1111")), Err(Undefined::NoTrueNegatives));
    near(value("positive_likelihood_ratio", binary("11110000", "11101000")), 3.0);
    assert_eq!(value("balanced_accuracy_adjusted", binary("1111", "1100")), Err(Undefined::OneClass));
    near(value("g_mean", binary("1100", "0011")), 0.0);
    let certain = measured("positive_likelihood_ratio", binary("1111100000", "1111110000")).unwrap();
    assert!(certain.interval.iter().all(|end| end.is_finite()) && certain.interval[1] > 20.0, "{certain:?}");
}

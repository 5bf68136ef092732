"""Networks: data, training, inference, evaluation and leakage audit."""

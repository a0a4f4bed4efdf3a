"""Measuring how well texts are read, as production reads them: trained by Rasa, served by Rasa, asked over HTTP.

`python -m nlu.evaluation TRAIN TEST OUT` measures the pipeline on any labelled files; it needs Rasa's environment and nothing else
(standard library, Python 3.10). `tests.bench.understanding` (`make evaluate`) puts the whole report together with these parts.
"""

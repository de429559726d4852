"""One file for a browser: the verdict, each finding with a timeline to step through, and the trace for who has no script.

``page.py`` is the frame, ``finding.py`` and ``steps.py`` what is in it, ``markup.py`` keeps text text; ``check.py``,
``cures.py`` and ``compare.py`` are the pages there are.  Style and scripts lie beside them and are put inside.
"""

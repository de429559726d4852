"""The device tree as the kernel looks at it (``drivers/of``).

A tree does not change while a kernel runs: overlays and changes of properties are not modelled, and nodes have no
reference counts (``of_node_get()`` and ``of_node_put()`` do nothing, so a driver that loses count is not told).
``devtree_lock`` is no schedule point: what it protects is constant here.

What only looks takes nodes and gives nodes and numbers; it needs no kernel.  6.1.192 and 6.12.117 agree in what is modelled.
"""

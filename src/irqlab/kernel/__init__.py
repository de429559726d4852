"""Linux, executable: one module a kernel subsystem, under the kernel's own names."""

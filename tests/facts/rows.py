"""Which test asserts which row of the facts: the tables and bullets of ``kernel-semantics.md`` by section, then ``contexts.md``.

A row is the section it stands in with a short name, and the tests (below ``tests/``) that assert it.  What none can assert is in
:data:`LEFT_OUT`, with the reason.  ``test_rows.py`` holds that every test named exists.
"""

from __future__ import annotations

ROWS: tuple[tuple[str, ...], ...] = (
    (
        "0 depth 1: a fresh descriptor is disabled once",
        "kernel/irq/test_desc.py::test_desc_set_defaults_a_fresh_descriptor_is_believed_masked_and_nobody_has_touched_a_chip",
    ),
    (
        "0 DISABLED, MASKED 1 and every other IRQD bit 0",
        "kernel/irq/test_state.py::test_a_fresh_line_is_disabled_and_masked",
        "kernel/irq/test_desc.py::test_desc_set_defaults_a_fresh_descriptor_is_believed_masked_and_nobody_has_touched_a_chip",
    ),
    (
        "0 STARTED: startup completed, shutdown not yet",
        "kernel/irq/test_chip.py::test_irq_startup_ends_with_depth_0_and_calls_irq_startup_the_first_time_only",
        "kernel/irq/test_chip.py::test_irq_shutdown_of_a_started_line",
    ),
    (
        "0 ACTIVATED: resources of the domains activated",
        "kernel/irq/test_activate.py::test_a_request_activates_all_levels_before_it_starts_and_a_free_deactivates_after_the_shutdown",
        "kernel/irq/test_chip.py::test_activation_has_a_flag_of_its_own",
    ),
    (
        "0 INPROGRESS: actions run, lock dropped",
        "kernel/irq/test_handle.py::test_handle_irq_event_runs_its_actions_in_progress_and_without_desc_lock",
    ),
    (
        "0 WAKEUP_STATE: irq_set_irq_wake() count above 0",
        "kernel/irq/test_trigger.py::test_irq_set_irq_wake_is_counted_and_calls_the_chip_at_the_edges_only",
    ),
    (
        "0 WAKEUP_ARMED: from suspend_device_irqs() to resume or the first event",
        "kernel/irq/test_pm.py::test_a_wake_up_source_is_armed_and_stays_enabled",
        "kernel/irq/test_pm.py::test_an_interrupt_of_an_armed_line_wakes_the_system_and_disables_it",
    ),
    (
        "0 MANAGED_SHUTDOWN: parked without CPU",
        "kernel/irq/test_managed.py::test_irq_startup_without_a_cpu_leaves_a_managed_line_shut_down_and_the_request_succeeds",
        "kernel/irq/test_cpuhotplug.py::test_a_managed_line_whose_last_cpu_goes_is_shut_down_and_keeps_its_affinity",
    ),
    (
        "0 IRQ_ENABLED_ON_SUSPEND: a disabled wake irq enabled for the sleep",
        "kernel/irq/test_pm.py::test_a_disabled_wake_up_source_is_enabled_for_the_sleep_where_the_chip_says_so",
    ),
    (
        "0 RESEND_WHEN_IN_PROGRESS, which 6.1 does not know",
        "kernel/irq/test_flow.py::test_handle_fasteoi_irq_in_progress_is_noted_by_6_12_where_the_controller_needs_it",
    ),
    (
        "0 FORWARDED_TO_VCPU has its bit",
        "kernel/irq/test_state.py::test_the_numbers_of_irq_h",
        "kernel/irq/test_state.py::test_what_is_written_into_state_use_accessors_is_what_is_read_from_it",
    ),
    (
        "0 istate: PENDING, REPLAY, ONESHOT, SUSPENDED, SPURIOUS_DISABLED, NMI, POLL_INPROGRESS 0",
        "kernel/irq/test_desc.py::test_desc_set_defaults_a_fresh_descriptor_is_believed_masked_and_nobody_has_touched_a_chip",
    ),
    (
        "0 wake_depth, threads_active, threads_oneshot 0",
        "kernel/irq/test_desc.py::test_desc_set_defaults_a_fresh_descriptor_is_believed_masked_and_nobody_has_touched_a_chip",
    ),
    (
        "0 no_suspend, cond_suspend and force_resume depths count the actions there are",
        "kernel/irq/test_pm.py::test_what_counts_are_the_actions_there_are",
        "kernel/irq/test_pm.py::test_one_no_suspend_keeps_a_shared_line_and_disagreement_warns",
    ),
    (
        "0 belief: a fresh line is believed masked, hardware as it was left",
        "kernel/irq/test_desc.py::test_a_mapped_line_is_as_fresh_while_the_hardware_is_as_firmware_left_it",
        "kernel/irq/test_flow.py::test_handle_level_irq_of_an_unused_line_masks_it_only_if_it_is_believed_open",
    ),
    (
        "0 belief: chained enter and exit call the chip, the flag stays",
        "kernel/irq/test_flow.py::test_chained_irq_enter_and_exit_go_straight_to_the_chip_without_desc_lock",
        "kernel/irq/test_flow.py::test_a_chained_line_is_unmasked_at_exit_although_it_is_disabled",
    ),
    (
        "0 belief: migrate_one_irq() masks behind the flag",
        "kernel/irq/test_cpuhotplug.py::test_migrate_one_irq_masks_around_the_move_behind_the_back_of_the_beliefs",
    ),
    (
        "0 belief: percpu lines use percpu_enabled, not MASKED",
        "kernel/irq/test_percpu.py::test_enable_and_disable_percpu_irq_go_straight_to_the_chip",
    ),
    (
        "0 belief: drivers that restore masks behind the core",
        "drivers/test_gpio_bank.py::test_a_mask_that_is_written_back_as_it_was_read_opens_a_line_that_was_masked_meanwhile",
        "drivers/test_gpio_bank.py::test_masks_that_are_restored_from_the_cache_under_its_lock_agree_with_the_core",
    ),
    (
        "0 belief: irq_startup and irq_enable clear it whatever they did",
        "kernel/irq/test_chip.py::test_irq_startup_believes_irq_startup_even_where_it_fails",
        "kernel/irq/test_chip.py::test_irq_enable",
    ),
    (
        "0 belief: without irq_mask a line stays believed open",
        "kernel/irq/test_chip.py::test_mask_irq_of_a_chip_without_irq_mask_leaves_the_line_believed_open",
    ),
    (
        "0 belief: power lost without save and restore",
        "facts/test_section_0.py::test_a_chip_that_loses_power_is_shut_while_the_core_believes_its_line_open",
    ),
    (
        "1 mask_irq",
        "kernel/irq/test_chip.py::test_mask_irq_is_idempotent_on_the_belief_not_on_the_hardware",
        "kernel/irq/test_chip.py::test_mask_irq_of_a_chip_without_irq_mask_leaves_the_line_believed_open",
    ),
    (
        "1 unmask_irq",
        "kernel/irq/test_chip.py::test_unmask_irq_is_idempotent_on_the_belief_not_on_the_hardware",
        "kernel/irq/test_chip.py::test_unmask_irq_of_a_chip_without_irq_unmask_leaves_the_line_believed_masked",
    ),
    (
        "1 mask_ack_irq",
        "kernel/irq/test_chip.py::test_mask_ack_irq_calls_irq_mask_ack_whatever_is_believed",
        "kernel/irq/test_chip.py::test_mask_ack_irq_without_irq_mask_ack_masks_once_and_acknowledges_always",
    ),
    (
        "1 irq_enable",
        "kernel/irq/test_chip.py::test_irq_enable",
    ),
    (
        "1 __irq_disable(mask)",
        "kernel/irq/test_chip.py::test_irq_disable_with_and_without_mask",
    ),
    (
        "1 irq_disable: mask if IRQ_DISABLE_UNLAZY",
        "kernel/irq/test_chip.py::test_disable_irq_is_lazy_unless_irq_disable_unlazy",
    ),
    (
        "1 irq_startup: depth 0, enable or startup, STARTED",
        "kernel/irq/test_chip.py::test_irq_startup_ends_with_depth_0_and_calls_irq_startup_the_first_time_only",
    ),
    (
        "1 irq_startup of a managed line without CPU: parked, depth 0 until 6.15",
        "kernel/irq/test_managed.py::test_irq_startup_without_a_cpu_leaves_a_managed_line_shut_down_and_the_request_succeeds",
    ),
    (
        "1 irq_startup: check_irq_resend if asked",
        "kernel/irq/test_chip.py::test_irq_startup_looks_at_what_is_pending_only_if_asked",
    ),
    (
        "1 irq_shutdown: only what was started; depth 1, or one more since 6.16",
        "kernel/irq/test_chip.py::test_irq_shutdown_of_a_started_line",
        "kernel/irq/test_chip.py::test_irq_shutdown_of_a_line_that_was_never_started_does_nothing",
        "kernel/irq/test_managed.py::test_irq_shutdown_forgets_how_often_a_line_was_disabled_until_6_15",
    ),
    (
        "1 irq_shutdown: takes the line off the resend list, not in 6.1",
        "kernel/irq/test_resend.py::test_a_line_that_is_shut_down_leaves_6_12s_list_and_stays_in_6_1s_bitmap",
    ),
    (
        "1 irq_shutdown_and_deactivate: deactivates whatever happens",
        "kernel/irq/test_chip.py::test_irq_shutdown_and_deactivate_deactivates_what_was_never_started_too",
    ),
    (
        "1 __disable_irq: only the outermost disables",
        "kernel/irq/test_manage.py::test_disable_and_enable_nest_and_only_the_outermost_touch_anything",
    ),
    (
        "1 __enable_irq: WARN at 0, and at 1 while suspended; startup at 1",
        "kernel/irq/test_manage.py::test_an_unbalanced_enable_warns_and_changes_nothing",
        "kernel/irq/test_manage.py::test_disable_and_enable_nest_and_only_the_outermost_touch_anything",
    ),
    (
        "1 __enable_irq: forces and resends",
        "kernel/irq/test_managed.py::test_enable_irq_of_a_managed_line_without_a_cpu_warns_and_starts_nothing",
        "kernel/irq/test_resend.py::test_what_the_chip_cannot_retrigger_is_handled_by_the_tasklet",
    ),
    (
        "1 disable_irq: bus lock, then synchronize_irq()",
        "kernel/irq/test_manage.py::test_disable_and_enable_take_the_bus_lock_and_desc_lock",
        "kernel/irq/test_manage.py::test_disable_irq_waits_for_the_thread_and_disable_irq_nosync_does_not",
    ),
    (
        "1 disable_irq: might_sleep() in 6.12, not in 6.1",
        "kernel/irq/test_manage.py::test_disable_irq_says_that_it_may_sleep_in_6_12_only",
    ),
    (
        "1 enable_irq: from a hard interrupt only without bus lock",
        "kernel/irq/test_manage.py::test_enable_irq_in_a_hard_interrupt_is_for_chips_without_a_bus_lock",
    ),
    (
        "1 __irq_set_trigger: SET_TYPE_MASKED",
        "kernel/irq/test_trigger.py::test_irq_set_irq_type_masks_around_the_change_where_the_chip_says_so",
    ),
    (
        "1 lazy disable: the first interrupt masks and is noted",
        "kernel/irq/test_flow.py::test_handle_level_irq_of_a_lazily_disabled_line_masks_it_and_notes_it",
    ),
    (
        "1 gpiolib: lines are disabled lazily",
        "kernel/test_gpiolib.py::test_disabling_is_lazy_for_the_chip_has_no_irq_disable",
    ),
    (
        "1 gpiochip_disable_irq: WARN once a line is no FLAG_USED_AS_IRQ",
        "kernel/test_gpiolib.py::test_a_line_is_used_as_an_interrupt_from_request_to_free_and_to_mask_it_outside_is_a_warn",
    ),
    (
        "2 lock order: request_mutex, bus lock, desc->lock",
        "kernel/irq/test_manage.py::test_request_irq_in_order_and_under_its_locks",
        "kernel/irq/test_manage.py::test_free_irq_in_order_and_under_its_locks",
    ),
    (
        "2 request_threaded_irq: flags, memory, irq_chip_pm_get(), __setup_irq(); put on failure",
        "kernel/irq/test_manage.py::test_what_request_threaded_irq_takes",
        "kernel/irq/test_manage.py::test_memory_that_runs_out_leaves_no_reference",
        "kernel/irq/test_manage.py::test_a_request_that_fails_gives_everything_back_in_order",
    ),
    (
        "2 request_percpu_irq, request_nmi, request_percpu_nmi take the reference too",
        "kernel/irq/test_percpu.py::test_request_percpu_irq_activates_and_starts_nothing",
        "kernel/irq/test_nmi.py::test_request_nmi_sets_the_line_up_under_desc_lock_and_leaves_it_disabled",
        "kernel/irq/test_nmi.py::test_request_percpu_nmi_leaves_the_chip_to_each_cpu",
    ),
    (
        "2 every shared action has its own reference",
        "kernel/irq/test_manage.py::test_every_action_of_a_shared_line_takes_its_own_reference",
    ),
    (
        "2 __setup_irq: no_irq_chip is -ENOSYS",
        "kernel/irq/test_manage.py::test_a_line_without_descriptor_or_chip",
    ),
    (
        "2 __setup_irq: the module",
        "kernel/irq/test_manage.py::test_every_action_keeps_the_module_that_allocated_the_line",
        "kernel/irq/test_manage.py::test_request_irq_of_a_line_whose_module_is_going_is_enodev",
    ),
    (
        "2 __setup_irq: a nested line needs thread_fn, its primary handler is replaced",
        "kernel/irq/test_manage.py::test_a_nested_line_is_requested_with_a_thread_function_and_gets_no_thread",
    ),
    (
        "2 __setup_irq: a thread is made",
        "kernel/irq/test_manage.py::test_memory_that_runs_out_leaves_no_reference",
        "kernel/irq/test_thread.py::test_the_end_of_a_oneshot_thread_unmasks_under_the_bus_lock_and_desc_lock",
    ),
    (
        "2 __setup_irq: ONESHOT_SAFE chips lose ONESHOT",
        "kernel/irq/test_manage.py::test_a_oneshot_safe_chip_loses_the_flag",
    ),
    (
        "2 __setup_irq: resources of the first action, under the bus lock",
        "kernel/irq/test_manage.py::test_request_irq_in_order_and_under_its_locks",
    ),
    (
        "2 __setup_irq: who may share: SHARED, ONESHOT, trigger, PERCPU",
        "kernel/irq/test_manage.py::test_who_may_share_a_line",
        "kernel/irq/test_manage.py::test_who_shares_a_line_agrees_on_its_trigger_type",
        "kernel/irq/test_percpu.py::test_all_actions_of_a_line_agree_on_being_per_cpu",
    ),
    (
        "2 __setup_irq: IRQF_COND_ONESHOT adopts",
        "kernel/irq/test_manage.py::test_request_irq_joins_a_oneshot_line_only_where_there_is_irqf_cond_oneshot",
    ),
    (
        "2 __setup_irq: no handler and no ONESHOT is -EINVAL",
        "kernel/irq/test_manage.py::test_no_handler_and_no_oneshot_is_for_oneshot_safe_chips",
    ),
    (
        "2 __setup_irq: trigger, then activation, which may fail",
        "kernel/irq/test_manage.py::test_activation_survives_a_trigger_that_fails_never_and_a_failed_activation_always",
    ),
    (
        "2 __setup_irq: ONESHOT, SPURIOUS_DISABLED and INPROGRESS are cleared",
        "kernel/irq/test_manage.py::test_a_new_request_resets_oneshot_and_in_progress_but_not_what_is_pending",
        "kernel/irq/test_spurious.py::test_enable_irq_opens_the_line_and_keeps_spurious_disabled_until_it_is_requested_anew",
    ),
    (
        "2 __setup_irq: auto-enable, or depth 1",
        "kernel/irq/test_manage.py::test_a_line_requested_disabled_is_freed_without_touching_the_chip",
        "kernel/irq/test_desc.py::test_irq_noautoen_leaves_a_requested_line_disabled_and_the_first_enable_starts_it",
    ),
    (
        "2 __setup_irq: irq_pm_install_action()",
        "kernel/irq/test_manage.py::test_actions_of_a_line_agree_on_what_happens_in_system_sleep",
    ),
    (
        "2 __setup_irq: a shared line that was shut down as spurious is enabled",
        "kernel/irq/test_spurious.py::test_setup_irq_of_a_shared_line_that_was_shut_down_enables_it_again",
    ),
    (
        "2 error: resources released under the bus lock",
        "kernel/irq/test_manage.py::test_a_request_that_fails_gives_everything_back_in_order",
        "kernel/irq/test_manage.py::test_a_handler_that_is_refused_under_desc_lock_releases_the_resources",
    ),
    (
        "2 __free_irq: order, and the bus lock twice",
        "kernel/irq/test_manage.py::test_free_irq_in_order_and_under_its_locks",
    ),
    (
        "2 __free_irq: the last action clears UNLAZY and shuts down",
        "kernel/irq/test_manage.py::test_the_end_state_of_an_unused_line_is_always_the_same",
    ),
    (
        "2 __free_irq: irq_pm_remove_action()",
        "kernel/irq/test_manage.py::test_removing_the_one_that_disagrees_makes_the_next_one_fine",
        "kernel/irq/test_pm.py::test_what_counts_are_the_actions_there_are",
    ),
    (
        "2 __free_irq: waits for hard handlers in 6.1, for threads too in 6.12",
        "kernel/irq/test_manage.py::test_freeing_one_action_waits_for_the_threads_of_all_in_6_12_only",
        "kernel/irq/test_manage.py::test_free_irq_waits_until_its_thread_has_run_and_stops_it",
        "kernel/irq/test_flow.py::test_free_irq_and_disable_irq_wait_for_a_nested_handler",
    ),
    (
        "2 __free_irq: irq_chip_pm_put() after everything",
        "kernel/irq/test_manage.py::test_the_reference_is_taken_before_everything_and_given_back_after_everything",
    ),
    (
        "2 end state of an unused line",
        "kernel/irq/test_manage.py::test_the_end_state_of_an_unused_line_is_always_the_same",
    ),
    (
        "2 irq_set_chained_handler: trigger, settings, activation and startup under both locks",
        "kernel/irq/test_chip.py::test_irq_set_chained_handler_takes_the_bus_lock_and_starts_the_line",
        "kernel/irq/test_chip.py::test_a_chained_handler_gets_the_trigger_type_of_its_line_first",
        "kernel/irq/test_setup.py::test_irq_set_chained_handler_leaves_handler_data_and_the_line_cannot_be_threaded_any_more",
    ),
    (
        "2 irq_set_chained_handler: irq_chip_pm_get() under the raw lock",
        "kernel/irq/test_chip.py::test_installing_a_chained_handler_over_a_suspended_controller_sleeps_in_atomic_context",
        "kernel/irq/test_chip.py::test_a_reference_that_cannot_be_taken_warns_and_the_chained_line_starts_all_the_same",
    ),
    (
        "2 uninstalling: mask_ack_irq(), DISABLED, depth 1; STARTED and ACTIVATED stay",
        "kernel/irq/test_chip.py::test_uninstalling_a_chained_handler_neither_clears_started_nor_deactivates",
    ),
    (
        "2 uninstalling puts even if nothing was installed",
        "kernel/irq/test_chip.py::test_uninstalling_what_was_not_installed_gives_a_reference_back_all_the_same",
    ),
    (
        "2 chained references since 668a9fe5c6a1 (5.19)",
        "kernel/irq/test_chip.py::test_installing_a_chained_handler_takes_a_reference_since_5_19",
    ),
    (
        "3 4.8 to 5.17: chip->parent_device",
        "kernel/irq/test_chip.py::test_where_the_device_comes_from",
        "kernel/irq/test_chip.py::test_irq_chip_pm_get_resumes_the_device_and_put_lets_it_go_later",
    ),
    (
        "3 5.18: the domain's device",
        "kernel/irq/test_chip.py::test_where_the_device_comes_from",
        "kernel/irq/test_chip.py::test_every_generation_of_irq_chip_pm_get_answers_0_or_an_error_and_is_balanced",
    ),
    (
        "3 5.19: pm_runtime_resume_and_get()",
        "kernel/irq/test_chip.py::test_every_generation_of_irq_chip_pm_get_answers_0_or_an_error_and_is_balanced",
        "kernel/irq/test_chip.py::test_a_get_that_fails_leaves_the_count_as_it_was",
    ),
    (
        "3 put: asynchronous idle, below 0 passed on",
        "kernel/irq/test_chip.py::test_irq_chip_pm_get_resumes_the_device_and_put_lets_it_go_later",
        "kernel/irq/test_chip.py::test_uninstalling_what_was_not_installed_gives_a_reference_back_all_the_same",
    ),
    (
        "3 only the outermost domain is asked",
        "kernel/irq/test_chip.py::test_only_the_outermost_level_has_a_say_in_which_device_it_is",
    ),
    (
        "3 no device, or CONFIG_PM=n: 0",
        "kernel/irq/test_chip.py::test_where_the_device_comes_from",
        "kernel/irq/test_chip.py::test_without_config_pm_there_is_nothing_to_take",
    ),
    (
        "3 runtime PM disabled: -EACCES unless it was active; request_irq() fails",
        "kernel/irq/test_chip.py::test_request_irq_fails_where_runtime_pm_of_the_controller_is_disabled",
        "kernel/test_runtime_pm.py::test_resume_while_disabled_says_1_only_if_it_was_active",
        "kernel/test_runtime_pm.py::test_set_active_while_disabled_is_not_enough_for_a_get",
    ),
    (
        "3 no reference: type, wake, affinity, state before request and after free",
        "kernel/irq/test_chip.py::test_before_request_irq_and_after_free_irq_no_call_resumes_the_device",
        "kernel/irq/test_trigger.py::test_irq_set_irq_type_takes_the_bus_lock_and_no_reference",
    ),
    (
        "3 no reference: machine_kexec_mask_interrupts()",
        "kernel/irq/test_kexec.py::test_nothing_takes_a_reference_and_nobody_is_resumed",
    ),
    (
        "3 no reference: mapping",
        "kernel/irq/test_mapping.py::test_mapping_takes_the_chips_bus_lock_and_no_reference",
    ),
    (
        "3 schools: PM device alone, bus lock",
        "drivers/test_gpio_bank.py::test_with_a_pm_device_a_requested_line_keeps_the_bank_up",
        "drivers/test_gpio_bank.py::test_the_pm_device_is_no_cure_for_lines_nobody_uses_the_bus_lock_is_and_pays_with_sleep",
    ),
    (
        "4 level: entry mask_ack_irq(), event, unmask",
        "kernel/irq/test_flow.py::test_handle_level_irq_masks_runs_and_unmasks",
    ),
    (
        "4 level: may not run, stays masked",
        "kernel/irq/test_flow.py::test_handle_level_irq_in_progress_leaves_it_masked_and_notes_nothing",
    ),
    (
        "4 level: blocked, PENDING and masked",
        "kernel/irq/test_flow.py::test_handle_level_irq_of_a_lazily_disabled_line_masks_it_and_notes_it",
    ),
    (
        "4 level: exit !DISABLED, MASKED, !threads_oneshot",
        "kernel/irq/test_flow.py::test_handle_level_irq_stays_masked_if_its_handler_disabled_it",
        "kernel/irq/test_flow.py::test_handle_level_irq_of_a_oneshot_line_stays_masked_until_its_thread_is_done",
        "kernel/irq/test_flow.py::test_handle_level_irq_of_a_oneshot_line_whose_handler_wakes_nobody_is_unmasked",
    ),
    (
        "4 fasteoi: may not run, PENDING only if RESEND_WHEN_IN_PROGRESS (6.12)",
        "kernel/irq/test_flow.py::test_handle_fasteoi_irq_in_progress_is_noted_by_6_12_where_the_controller_needs_it",
    ),
    (
        "4 fasteoi: blocked, PENDING, mask, eoi unless EOI_IF_HANDLED",
        "kernel/irq/test_flow.py::test_handle_fasteoi_irq_of_a_disabled_line_masks_it_and_notes_it",
        "kernel/irq/test_flow.py::test_handle_fasteoi_irq_of_an_unused_line_notes_it_and_ends_it",
    ),
    (
        "4 fasteoi: normal, ONESHOT masks first",
        "kernel/irq/test_flow.py::test_handle_fasteoi_irq_ends_the_interrupt_and_touches_no_mask",
        "kernel/irq/test_flow.py::test_handle_fasteoi_irq_of_a_oneshot_line_masks_before_its_handler",
    ),
    (
        "4 fasteoi: exit, what came meanwhile is resent (6.12)",
        "kernel/irq/test_flow.py::test_handle_fasteoi_irq_resends_in_6_12_what_came_while_its_handler_ran",
        "kernel/irq/test_flow.py::test_handle_fasteoi_irq_of_a_oneshot_line_that_wakes_nobody_ends_and_unmasks",
    ),
    (
        "4 edge: clears REPLAY first",
        "kernel/irq/test_flow.py::test_handle_edge_irq_that_cannot_be_handled_is_masked_acknowledged_and_noted",
    ),
    (
        "4 edge: may not run and blocked, PENDING and mask_ack_irq()",
        "kernel/irq/test_flow.py::test_handle_edge_irq_that_cannot_be_handled_is_masked_acknowledged_and_noted",
    ),
    (
        "4 edge: normal, ack and the loop",
        "kernel/irq/test_flow.py::test_handle_edge_irq_acknowledges_before_the_actions_and_masks_nothing",
        "kernel/irq/test_flow.py::test_handle_edge_irq_runs_again_for_what_came_meanwhile_and_opens_the_line_before",
        "kernel/irq/test_flow.py::test_handle_edge_irq_masks_a_line_whose_last_action_went_while_it_ran",
        "kernel/irq/test_flow.py::test_handle_edge_irq_does_not_run_again_once_it_is_disabled",
    ),
    (
        "4 simple, untracked: no chip call; PENDING if blocked",
        "kernel/irq/test_flow.py::test_handle_simple_irq_and_untracked_call_no_chip",
    ),
    (
        "4 percpu: ack, actions, eoi; no lock, no state",
        "kernel/irq/test_percpu.py::test_the_handlers_take_no_lock_and_ask_nothing",
    ),
    (
        "4 percpu_devid: the percpu dev_id, or spurious and disabled",
        "kernel/irq/test_percpu.py::test_handle_percpu_devid_irq_gives_its_handler_the_cookie",
        "kernel/irq/test_percpu.py::test_handle_percpu_devid_irq_of_a_line_nobody_has_requested_disables_it_if_it_was_enabled",
    ),
    (
        "4 fasteoi_nmi: action, eoi, no lock",
        "kernel/irq/test_flow.py::test_handle_fasteoi_nmi_runs_its_action_whatever_the_core_believes",
    ),
    (
        "4 bad_irq",
        "kernel/irq/test_desc.py::test_handle_bad_irq_is_what_runs_before_a_flow_handler_is_set",
    ),
    (
        "4 nested: might_sleep(), thread functions of all actions",
        "kernel/irq/test_flow.py::test_handle_nested_irq_sleeps",
        "kernel/irq/test_flow.py::test_handle_nested_irq_runs_every_action_of_a_shared_line",
    ),
    (
        "4 nested: blocked, PENDING",
        "kernel/irq/test_flow.py::test_handle_nested_irq_of_a_disabled_line_is_noted",
    ),
    (
        "4 nested: INPROGRESS in 6.1, threads_active in 6.12",
        "kernel/irq/test_flow.py::test_handle_nested_irq_is_in_progress_in_6_1_and_a_thread_in_6_12",
    ),
    (
        "4 may_run: not in progress, not armed",
        "kernel/irq/test_pm.py::test_an_interrupt_of_an_armed_line_wakes_the_system_and_disables_it",
        "kernel/irq/test_pm.py::test_irq_pm_check_wakeup_of_a_line_that_is_not_armed_does_nothing",
    ),
    (
        "4 may_run: the poll check",
        "kernel/irq/test_spurious.py::test_an_interrupt_of_a_line_that_is_being_polled_on_this_cpu_may_not_run",
    ),
    (
        "4 event: PENDING 0, INPROGRESS, lock dropped",
        "kernel/irq/test_handle.py::test_handle_irq_event_runs_its_actions_in_progress_and_without_desc_lock",
    ),
    (
        "4 event: waking a thread counts",
        "kernel/irq/test_flow.py::test_handle_level_irq_of_a_oneshot_line_stays_masked_until_its_thread_is_done",
        "kernel/irq/test_handle.py::test_irq_wake_thread_of_a_thread_that_is_to_run_already_counts_nothing",
    ),
    (
        "4 chained: no action, no reference, DISABLED and PENDING not looked at",
        "kernel/irq/test_flow.py::test_a_chained_line_runs_no_action_and_takes_no_reference",
        "kernel/irq/test_flow.py::test_a_chained_line_is_unmasked_at_exit_although_it_is_disabled",
    ),
    (
        "4 chained: enter and exit, eoi chips at exit only",
        "kernel/irq/test_flow.py::test_chained_irq_enter_and_exit_go_straight_to_the_chip_without_desc_lock",
    ),
    (
        "4 irq_finalize_oneshot: bus lock, waits for !INPROGRESS",
        "kernel/irq/test_thread.py::test_the_end_of_a_oneshot_thread_unmasks_under_the_bus_lock_and_desc_lock",
        "kernel/irq/test_thread.py::test_irq_finalize_oneshot_waits_until_the_hard_handler_is_done",
    ),
    (
        "4 irq_finalize_oneshot: the last one unmasks, unless DISABLED",
        "kernel/irq/test_thread.py::test_the_last_thread_of_a_shared_oneshot_line_unmasks",
        "kernel/irq/test_thread.py::test_a_line_disabled_meanwhile_stays_masked_and_enable_irq_opens_it",
    ),
    (
        "4 irq_finalize_oneshot: EOI_THREADED",
        "kernel/irq/test_thread.py::test_the_end_of_a_oneshot_thread_ends_the_interrupt_on_eoi_threaded_chips",
    ),
    (
        "4 spurious: 99 900 of 100 000",
        "kernel/irq/test_spurious.py::test_the_kernels_own_window_forgives_99_of_100_000",
        "kernel/irq/test_spurious.py::test_note_interrupt_shuts_a_line_down_that_nobody_handles",
    ),
    (
        "4 resend: level, REPLAY, nothing pending, retrigger",
        "kernel/irq/test_resend.py::test_check_irq_resend",
    ),
    (
        "4 resend: by the chip or the hierarchy",
        "kernel/irq/test_resend.py::test_try_retrigger_asks_the_outermost_chip_then_those_further_in",
    ),
    (
        "4 resend: by software, where the architecture has it and the line allows it",
        "kernel/irq/test_resend.py::test_irq_sw_resend_needs_the_architecture_and_a_line_that_need_not_be_in_a_hard_interrupt",
    ),
    (
        "4 resend: nested lines need parent_irq",
        "kernel/irq/test_resend.py::test_irq_sw_resend_of_a_nested_line_resends_the_one_it_is_behind",
    ),
    (
        "4 resend: bitmap in 6.1, list in 6.12, run from the tasklet",
        "kernel/irq/test_resend.py::test_the_tasklet_takes_the_newest_line_first_in_6_12_and_the_lowest_number_in_6_1",
        "kernel/irq/test_resend.py::test_what_the_chip_cannot_retrigger_is_handled_by_the_tasklet",
    ),
    (
        "4 resend: irq_shutdown() removes the node in 6.12",
        "kernel/irq/test_resend.py::test_a_line_that_is_shut_down_leaves_6_12s_list_and_stays_in_6_1s_bitmap",
    ),
    (
        "5 down: wake irqs armed, lines suspended, noirq callbacks",
        "kernel/irq/test_wakeirq.py::test_a_dedicated_line_of_an_active_device_is_enabled_for_the_sleep",
        "kernel/irq/test_pm.py::test_early_lines_come_up_before_the_noirq_callbacks",
    ),
    (
        "5 down: nested lines skipped",
        "kernel/irq/test_pm.py::test_suspend_and_resume_leave_nested_lines_alone",
        "kernel/irq/test_pm.py::test_suspend_device_irqs_takes_no_lock_of_a_nested_line",
    ),
    (
        "5 down: synchronize_irq() of each",
        "kernel/irq/test_pm.py::test_suspending_waits_for_threads",
    ),
    (
        "5 up: noirq callbacks, lines, wake irqs disarmed",
        "kernel/irq/test_pm.py::test_early_lines_come_up_before_the_noirq_callbacks",
        "kernel/irq/test_wakeirq.py::test_an_interrupt_in_the_sleep_wakes_the_system_and_the_line_is_resumed_before_it_is_disarmed",
    ),
    (
        "5 up: syscore resumes IRQF_EARLY_RESUME",
        "kernel/irq/test_pm.py::test_irq_pm_syscore_resume_enables_the_early_lines_and_the_rest_waits",
        "kernel/irq/test_pm.py::test_early_lines_come_up_with_interrupts_off_and_after_controllers_saved_by_syscore",
    ),
    (
        "5 suspend_device_irq: unused, chained, NO_SUSPEND untouched",
        "kernel/irq/test_pm.py::test_what_suspend_device_irq_leaves_alone",
    ),
    (
        "5 suspend_device_irq: a wake-up source is armed and stays enabled",
        "kernel/irq/test_pm.py::test_a_wake_up_source_is_armed_and_stays_enabled",
    ),
    (
        "5 suspend_device_irq: ENABLE_WAKEUP_ON_SUSPEND",
        "kernel/irq/test_pm.py::test_a_disabled_wake_up_source_is_enabled_for_the_sleep_where_the_chip_says_so",
    ),
    (
        "5 suspend_device_irq: lazy, then MASK_ON_SUSPEND",
        "kernel/irq/test_pm.py::test_suspend_device_irq_disables_lazily_so_the_hardware_stays_open",
    ),
    (
        "5 wake event: ARMED 0, SUSPENDED, PENDING, depth, disabled, system woken",
        "kernel/irq/test_pm.py::test_an_interrupt_of_an_armed_line_wakes_the_system_and_disables_it",
    ),
    (
        "5 resume_irq: undoes each by its own rule",
        "kernel/irq/test_pm.py::test_several_lines_go_down_and_come_up_each_by_its_own_rule",
        "kernel/irq/test_pm.py::test_an_interrupt_of_a_suspended_line_is_masked_and_noted_and_wakes_nobody",
    ),
    (
        "5 resume_irq: FORCE_RESUME pretends",
        "kernel/irq/test_pm.py::test_force_resume_pretends_that_the_line_was_disabled_and_masked",
    ),
    (
        "5 irq_set_irq_wake: counted, under the bus lock",
        "kernel/irq/test_trigger.py::test_irq_set_irq_wake_is_counted_and_calls_the_chip_at_the_edges_only",
    ),
    (
        "5 irq_set_irq_wake: SKIP_SET_WAKE, -ENXIO",
        "kernel/irq/test_trigger.py::test_irq_set_irq_wake_of_chips_that_cannot_or_need_not",
    ),
    (
        "5 irq_set_irq_wake: nothing to do with enabled",
        "kernel/irq/test_trigger.py::test_irq_set_irq_wake_has_nothing_to_do_with_enabled_and_takes_no_reference",
    ),
    (
        "5 CPU hotplug in the sleep: suspended lines skipped from 6.10 to 6.15",
        "kernel/irq/test_cpuhotplug.py::test_a_suspended_line_starts_with_its_cpu_in_6_1_and_in_resume_device_irqs_since",
        "kernel/irq/test_cpuhotplug.py::test_to_skip_and_to_count_leaves_a_suspended_line_disabled_for_good",
    ),
    (
        "6 initial state: suspended, disabled once, unused",
        "kernel/test_runtime_pm.py::test_a_new_device_is_suspended_disabled_once_and_unused",
    ),
    (
        "6 suspend allowed? error",
        "kernel/test_runtime_pm.py::test_suspend_after_an_error_says_einval",
        "kernel/test_runtime_pm.py::test_of_several_reasons_not_to_suspend_the_first_is_told",
    ),
    (
        "6 suspend allowed? disabled",
        "kernel/test_runtime_pm.py::test_suspend_while_disabled_says_eacces",
        "kernel/test_runtime_pm.py::test_of_several_reasons_not_to_suspend_the_first_is_told",
    ),
    (
        "6 suspend allowed? in use",
        "kernel/test_runtime_pm.py::test_suspend_while_in_use_says_eagain",
        "kernel/test_runtime_pm.py::test_of_several_reasons_not_to_suspend_the_first_is_told",
    ),
    (
        "6 suspend allowed? children",
        "kernel/test_runtime_pm.py::test_suspend_with_active_children_says_ebusy_unless_they_are_ignored",
        "kernel/test_runtime_pm.py::test_of_several_reasons_not_to_suspend_the_first_is_told",
    ),
    (
        "6 suspend allowed? a pending resume",
        "kernel/test_runtime_pm.py::test_a_pending_resume_request_goes_before_a_suspend",
        "kernel/test_runtime_pm.py::test_of_several_reasons_not_to_suspend_the_first_is_told",
    ),
    (
        "6 suspend allowed? suspended already",
        "kernel/test_runtime_pm.py::test_suspend_of_a_suspended_device_says_1",
        "kernel/test_runtime_pm.py::test_of_several_reasons_not_to_suspend_the_first_is_told",
    ),
    (
        "6 get_noresume, put_noidle",
        "kernel/test_runtime_pm.py::test_get_noresume_and_put_noidle_only_count",
        "kernel/test_runtime_pm.py::test_put_noidle_stops_at_zero_and_only_irqlab_says_so",
    ),
    (
        "6 get",
        "kernel/test_runtime_pm.py::test_get_counts_at_once_and_resumes_later",
        "kernel/test_runtime_pm.py::test_what_is_asynchronous_never_sleeps_and_leaves_interrupts_off",
    ),
    (
        "6 get_sync",
        "kernel/test_runtime_pm.py::test_get_sync_resumes_at_once",
        "kernel/test_runtime_pm.py::test_get_sync_keeps_its_reference_on_error",
    ),
    (
        "6 resume_and_get",
        "kernel/test_runtime_pm.py::test_resume_and_get_is_balanced_on_error",
    ),
    (
        "6 get_if_active, get_if_in_use",
        "kernel/test_runtime_pm.py::test_get_if_active_and_in_use_ask_for_different_things",
        "kernel/test_runtime_pm.py::test_in_use_counts_active_children_since_6_12_44",
    ),
    (
        "6 put, put_sync",
        "kernel/test_runtime_pm.py::test_put_queues_and_put_sync_does_it_now",
        "kernel/test_runtime_pm.py::test_put_with_other_users_does_nothing",
    ),
    (
        "6 put_autosuspend",
        "kernel/test_runtime_pm.py::test_put_autosuspend_arms_the_timer_while_the_delay_runs",
        "kernel/test_runtime_pm.py::test_put_autosuspend_marks_busy_from_6_17_only",
    ),
    (
        "6 underflow",
        "kernel/test_runtime_pm.py::test_a_put_too_many_warns_and_stays_at_zero",
    ),
    (
        "6 resume: disabled",
        "kernel/test_runtime_pm.py::test_resume_while_disabled_says_1_only_if_it_was_active",
    ),
    (
        "6 resume: active already",
        "kernel/test_runtime_pm.py::test_get_sync_resumes_at_once",
    ),
    (
        "6 resume: waits for a transition",
        "kernel/test_runtime_pm.py::test_get_sync_waits_for_a_suspend_under_way_and_resumes_after_it",
    ),
    (
        "6 resume: NOWAIT and ASYNC do not wait",
        "kernel/test_runtime_pm.py::test_who_may_not_wait_for_a_transition_is_told_so_or_resumed_after_it",
        "kernel/test_runtime_pm.py::test_an_asynchronous_get_during_a_suspend_is_deferred",
    ),
    (
        "6 resume: irq_safe spins",
        "kernel/test_irq_safe.py::test_a_transition_under_way_is_spun_for_instead_of_slept_for",
    ),
    (
        "6 resume: the parent is resumed, counts its child and is let go",
        "kernel/test_runtime_pm.py::test_a_child_resumes_and_counts_in_its_parent",
    ),
    (
        "6 resume: the parent of an irq_safe device is kept",
        "kernel/test_runtime_pm.py::test_an_irq_safe_device_holds_its_parent_for_good",
        "kernel/test_irq_safe.py::test_the_parent_of_an_irq_safe_device_is_active_for_good",
    ),
    (
        "6 resume: suppliers of PM_RUNTIME links",
        "kernel/test_runtime_pm.py::test_a_pm_link_holds_the_supplier_while_the_consumer_is_active",
        "kernel/test_runtime_pm.py::test_a_link_without_pm_runtime_holds_nothing",
    ),
    (
        "6 __rpm_callback: interrupts are on around a callback",
        "kernel/test_runtime_pm.py::test_callbacks_run_with_interrupts_on",
        "kernel/test_runtime_pm.py::test_get_sync_with_interrupts_off_turns_them_on_and_says_so",
    ),
    (
        "6 might_sleep_if: an active device is safe to get anywhere",
        "kernel/test_runtime_pm.py::test_get_sync_of_an_active_device_is_safe_with_interrupts_off",
        "kernel/test_irq_safe.py::test_an_irq_safe_device_is_resumed_and_suspended_from_any_context",
    ),
    (
        "6 a resume that worked queues idle",
        "kernel/test_runtime_pm.py::test_a_successful_resume_queues_an_idle_notification",
    ),
    (
        "6 a suspend that worked lets parent and suppliers idle",
        "kernel/test_runtime_pm.py::test_a_child_resumes_and_counts_in_its_parent",
        "kernel/test_runtime_pm.py::test_a_pm_link_holds_the_supplier_while_the_consumer_is_active",
    ),
    (
        "6 -EAGAIN and -EBUSY are soft, others stick",
        "kernel/test_runtime_pm.py::test_a_soft_refusal_does_not_stick",
        "kernel/test_runtime_pm.py::test_any_other_refusal_sticks_until_the_status_is_set",
    ),
    (
        "6 no runtime_idle: idle is suspend",
        "kernel/test_runtime_pm.py::test_without_runtime_idle_an_idle_device_is_suspended_at_once",
    ),
    (
        "6 after probe an unused device suspends",
        "kernel/test_device.py::test_a_device_without_users_suspends_right_after_probe",
    ),
    (
        "6 pm_wq is freezable",
        "kernel/test_sleep.py::test_pm_wq_is_frozen_and_catches_up_when_it_thaws",
    ),
    (
        "6 the PM core holds +1 from prepare; runtime PM is off from suspend_late to resume_early",
        "kernel/test_sleep.py::test_the_core_holds_a_device_for_the_whole_sleep_and_turns_runtime_pm_off_from_late_to_early",
    ),
    (
        "6 force_suspend of a suspended device",
        "kernel/test_runtime_pm.py::test_force_suspend_of_a_suspended_device_only_disables",
    ),
    (
        "6 force_suspend of an unused device",
        "kernel/test_runtime_pm.py::test_force_suspend_of_an_unused_active_device_leaves_it_suspended",
    ),
    (
        "6 force_suspend of a device in use, or with children",
        "kernel/test_runtime_pm.py::test_force_suspend_of_a_used_device_is_undone_by_force_resume",
        "kernel/test_runtime_pm.py::test_force_suspend_of_an_unused_device_with_active_children_is_undone_unless_it_ignores_them",
    ),
    (
        "6 force_resume: only if suspended and asked to; always enables",
        "kernel/test_runtime_pm.py::test_force_resume_asks_status_and_flag_and_always_clears_and_enables",
        "kernel/test_runtime_pm.py::test_a_force_resume_that_fails_leaves_the_device_suspended_and_enabled",
    ),
    (
        "6 remove has to fit the current status",
        "kernel/test_device.py::test_an_idle_device_is_suspended_before_remove",
        "facts/test_section_11.py::test_an_idle_irqsteer_is_suspended_already_when_remove_runs_and_underflows_its_clock",
        "facts/test_section_11.py::test_intmux_resumes_before_it_gives_its_clock_back",
    ),
    (
        "7 context of a crash: interrupts off, any lock may be held",
        "kernel/irq/test_kexec_arch.py::test_the_loop_runs_with_interrupts_off_and_may_not_sleep",
        "kernel/irq/test_kexec_arch.py::test_nobody_runs_any_more_when_the_loop_begins",
        "explore/test_contexts.py::test_a_crash_keeps_no_stack",
    ),
    (
        "7 drivers: none in a crash",
        "kernel/irq/test_kexec_arch.py::test_a_crash_asks_no_driver_and_leaves_lines_where_they_are",
    ),
    (
        "7 drivers: device_shutdown() backwards, holding, resuming none",
        "kernel/test_device.py::test_shutdown_goes_backwards_holds_every_device_and_resumes_none",
    ),
    (
        "7 drivers: then syscore_shutdown()",
        "kernel/irq/test_kexec_arch.py::test_an_orderly_kexec_asks_drivers_first_then_syscore_and_moves_lines_with_the_cpus",
    ),
    (
        "7 CPUs: stopped in a crash, lines stay",
        "kernel/irq/test_kexec_arch.py::test_a_crash_asks_no_driver_and_leaves_lines_where_they_are",
    ),
    (
        "7 CPUs: offline in an orderly kexec, lines migrate (arm, arm64, riscv)",
        "kernel/irq/test_kexec_arch.py::test_an_orderly_kexec_asks_drivers_first_then_syscore_and_moves_lines_with_the_cpus",
        "kernel/irq/test_kexec_arch.py::test_loongarch_brings_cpus_online_for_a_kexec_so_their_managed_lines_start_again",
    ),
    (
        "7 masking: in machine_crash_shutdown() on every architecture",
        "kernel/irq/test_kexec_arch.py::test_machine_crash_shutdown_masks_on_every_architecture",
    ),
    (
        "7 masking: in an orderly kexec on loongarch and 32-bit powerpc alone",
        "kernel/irq/test_kexec_arch.py::test_an_orderly_kexec_masks_on_loongarch_and_32_bit_powerpc_only",
    ),
    (
        "7 then interrupts off and the jump",
        "kernel/irq/test_kexec_arch.py::test_the_loop_runs_with_interrupts_off_and_may_not_sleep",
        "kernel/irq/test_kexec_arch.py::test_machine_crash_shutdown_masks_on_every_architecture",
        "kernel/irq/test_kexec_arch.py::test_an_orderly_kexec_masks_on_loongarch_and_32_bit_powerpc_only",
    ),
    (
        "7 loop: 3.3 to 6.13, eoi if in progress, mask whatever is believed, disable",
        "kernel/irq/test_kexec.py::test_until_6_13_every_line_is_masked_whatever_is_believed",
        "kernel/irq/test_kexec.py::test_irq_disable_follows_irq_mask_unless_disabled",
        "kernel/irq/test_kexec.py::test_an_interrupt_in_progress_is_ended_before_it_is_masked",
    ),
    (
        "7 loop: riscv and loongarch since 6.1",
        "kernel/irq/test_kexec_arch.py::test_riscv_and_loongarch_mask_since_6_1",
    ),
    (
        "7 loop: arm64 clears the active state first (4.12)",
        "kernel/irq/test_kexec.py::test_arm64_clears_the_active_state_first_and_ends_the_interrupt_only_if_that_fails",
    ),
    (
        "7 loop: bad6722e478f (6.14), one copy, arm64 alone clears",
        "kernel/irq/test_kexec_arch.py::test_only_arm64_clears_the_active_state_and_takes_bus_locks_for_it",
    ),
    (
        "7 loop: b4706d814921 (6.14), skips what is not started, shuts the rest down",
        "kernel/irq/test_kexec.py::test_6_14_shuts_a_started_line_down_by_the_callback_it_has_and_notes_it",
        "kernel/irq/test_kexec.py::test_the_proposal_of_2020_and_6_14_touch_the_same_lines",
    ),
    (
        "7 loop: the proposal of 2020",
        "kernel/irq/test_kexec.py::test_the_proposal_of_2020_and_6_14_touch_the_same_lines",
    ),
    (
        "7 consequence 1: bus lock and desc->lock of every line in panic on arm64",
        "facts/test_section_7.py::test_consequence_1_every_descriptor_takes_the_bus_lock_in_panic_on_arm64",
        "drivers/test_expander.py::test_the_mask_loop_of_arm64_takes_a_mutex_and_uses_the_bus_on_the_crash_path",
        "facts/test_section_7.py::test_consequence_1_a_desc_lock_held_by_what_the_crash_cut_off_deadlocks_on_arm64_only",
        "kernel/irq/test_kexec.py::test_arm64_takes_the_bus_lock_of_every_line_and_since_6_14_of_every_started_one",
    ),
    (
        "7 consequence 2: irqsteer's bus lock saves the loop",
        "facts/test_section_7.py::test_consequence_2_the_bus_lock_saves_the_loop_only_through_the_clearing_of_the_active_state",
    ),
    (
        "7 consequence 3: 5.19 to 6.10 has the vendor trace",
        "facts/test_section_7.py::test_consequence_3_mainline_from_5_19_to_6_10_has_the_vendor_trace",
    ),
    (
        "7 consequence 4a: lazily disabled",
        "facts/test_section_7.py::test_consequence_4a_a_lazily_disabled_started_line_is_masked_by_both_skips",
    ),
    (
        "7 consequence 4b: started and masked",
        "facts/test_section_7.py::test_consequence_4b_a_started_line_that_is_masked_gets_no_chip_call_from_either_skip",
    ),
    (
        "7 consequence 4c: never started, open in hardware",
        "facts/test_section_7.py::test_consequence_4c_a_line_open_in_hardware_that_was_never_started_is_masked_by_the_old_loop_only",
    ),
    (
        "7 consequence 4d: a chained line uninstalled",
        "facts/test_section_7.py::test_consequence_4d_uninstalling_a_chained_handler_leaves_it_started",
        "kernel/irq/test_kexec.py::test_an_uninstalled_chained_line_is_shut_down_by_6_14_because_it_is_started_still",
    ),
    (
        "7 consequence 5: what is left after 6.14, and MASK_ON_SUSPEND",
        "facts/test_section_7.py::test_consequence_5_after_6_14_a_started_line_in_the_noirq_window_is_left",
        "kernel/irq/test_pm.py::test_the_gics_own_lines_are_masked_for_the_sleep",
    ),
    (
        "7 consequence 6: irq_shutdown() without desc->lock",
        "facts/test_section_7.py::test_consequence_6_irq_shutdown_in_the_loop_takes_no_desc_lock",
    ),
    (
        "8 nested: INPROGRESS to threads_active",
        "kernel/irq/test_flow.py::test_handle_nested_irq_is_in_progress_in_6_1_and_a_thread_in_6_12",
        "kernel/irq/test_flow.py::test_free_irq_and_disable_irq_wait_for_a_nested_handler",
    ),
    (
        "8 __free_irq() waits for threads",
        "kernel/irq/test_manage.py::test_freeing_one_action_waits_for_the_threads_of_all_in_6_12_only",
    ),
    (
        "8 fasteoi resend",
        "kernel/irq/test_flow.py::test_handle_fasteoi_irq_resends_in_6_12_what_came_while_its_handler_ran",
    ),
    (
        "8 resend list, cleared on shutdown",
        "kernel/irq/test_resend.py::test_a_line_that_is_shut_down_leaves_6_12s_list_and_stays_in_6_1s_bitmap",
    ),
    (
        "8 disable_irq() might_sleep()",
        "kernel/irq/test_manage.py::test_disable_irq_says_that_it_may_sleep_in_6_12_only",
    ),
    (
        "8 IRQF_COND_ONESHOT",
        "kernel/irq/test_manage.py::test_request_irq_joins_a_oneshot_line_only_where_there_is_irqf_cond_oneshot",
    ),
    (
        "8 affinity restored: skips SUSPENDED",
        "kernel/irq/test_cpuhotplug.py::test_a_suspended_line_starts_with_its_cpu_in_6_1_and_in_resume_device_irqs_since",
    ),
    (
        "8 migrate_one_irq() tries again on -ENOSPC",
        "kernel/irq/test_cpuhotplug.py::test_migrate_one_irq_tries_every_cpu_when_the_own_have_no_vector_left",
    ),
    (
        "8 kexec.c: one loop, the same in 6.1 and 6.12",
        "kernel/irq/test_kexec.py::test_until_6_13_every_line_is_masked_whatever_is_believed",
    ),
    (
        "8 identical: lazy disable, level, edge, simple, irq_chip_pm_get() and put(), pm.c",
        "kernel/irq/test_flow.py::test_handle_level_irq_of_a_lazily_disabled_line_masks_it_and_notes_it",
        "kernel/irq/test_flow.py::test_handle_edge_irq_that_cannot_be_handled_is_masked_acknowledged_and_noted",
        "kernel/irq/test_flow.py::test_handle_simple_irq_and_untracked_call_no_chip",
        "kernel/irq/test_chip.py::test_a_get_that_fails_leaves_the_count_as_it_was",
        "kernel/irq/test_pm.py::test_suspend_device_irq_disables_lazily_so_the_hardware_stays_open",
    ),
    (
        "9 6.14: the loop",
        "kernel/irq/test_kexec.py::test_6_14_shuts_a_started_line_down_by_the_callback_it_has_and_notes_it",
    ),
    (
        "9 6.16: 788019eb559f keeps the depth",
        "facts/test_section_10.py::test_irq_shutdown_depth",
        "kernel/irq/test_cpuhotplug.py::test_a_line_that_was_disabled_comes_back_enabled_until_6_15",
    ),
    (
        "9 6.16: 2b32fc8ff08d once a shutdown",
        "kernel/irq/test_cpuhotplug.py::test_each_cpu_that_comes_took_one_off_the_depth_until_2b32fc8ff08d",
    ),
    (
        "9 6.16: 72218d74c9c5 suspended lines are restored too",
        "kernel/irq/test_cpuhotplug.py::test_to_skip_and_to_count_leaves_a_suspended_line_disabled_for_good",
        "kernel/irq/test_cpuhotplug.py::test_a_suspended_line_starts_with_its_cpu_in_6_1_and_in_resume_device_irqs_since",
    ),
    (
        "9 6.17: KUnit",
        "facts/test_section_10.py::test_irq_disable_depth",
        "facts/test_section_10.py::test_irq_free_disabled",
        "facts/test_section_10.py::test_irq_shutdown_depth",
        "facts/test_section_10.py::test_irq_cpuhotplug",
    ),
    (
        "9 6.17: put_autosuspend marks busy",
        "kernel/test_runtime_pm.py::test_put_autosuspend_marks_busy_from_6_17_only",
    ),
    (
        "10 irq_disable_depth_test",
        "facts/test_section_10.py::test_irq_disable_depth",
    ),
    (
        "10 irq_free_disabled_test",
        "facts/test_section_10.py::test_irq_free_disabled",
    ),
    (
        "10 irq_shutdown_depth_test, and what 6.12 does instead",
        "facts/test_section_10.py::test_irq_shutdown_depth",
    ),
    (
        "10 irq_cpuhotplug_test, and what 6.12 does instead",
        "facts/test_section_10.py::test_irq_cpuhotplug",
    ),
    (
        "10 MASKED and lazy disable, which none touches",
        "kernel/irq/test_chip.py::test_irq_disable_depth_test",
        "kernel/irq/test_chip.py::test_irq_free_disabled_test",
    ),
    (
        "11 fw_devlink: on in 6.1, rpm in 6.12",
        "facts/test_section_11.py::test_fw_devlink_links_a_consumer_to_its_controller_with_pm_runtime_by_default_in_6_12",
        "kernel/test_device.py::test_the_default_of_fw_devlink_is_on_in_6_1_and_rpm_in_6_12",
    ),
    (
        "11 fw_devlink: an active consumer holds the controller",
        "facts/test_section_11.py::test_a_runtime_active_consumer_holds_the_controller_on_6_12_and_not_without_the_link",
    ),
    (
        "11 fw_devlink: the probe of a consumer resumes it",
        "kernel/test_device.py::test_suppliers_are_resumed_and_held_during_a_consumers_probe",
        "facts/test_section_11.py::test_a_consumer_without_runtime_pm_holds_the_controller_only_while_it_probes",
    ),
    (
        "11 fw_devlink: links order the sleep, and unbind consumers first",
        "kernel/test_sleep.py::test_down_consumers_first_and_up_suppliers_first",
        "kernel/test_device.py::test_consumers_are_unbound_first",
        "facts/test_section_11.py::test_unbinding_the_controller_unbinds_its_consumers_first",
    ),
    (
        "11 fw_devlink: a switch of the command line",
        "kernel/test_device.py::test_fw_devlink_links_consumers_to_their_interrupt_controller",
        "facts/test_section_11.py::test_fw_devlink_off_makes_no_link",
    ),
    (
        "11 exception: runtime PM disabled, get_sync() says -EACCES",
        "kernel/test_sleep.py::test_get_sync_is_refused_in_the_noirq_window",
        "facts/test_section_11.py::test_the_bus_lock_does_not_help_while_system_sleep_has_disabled_runtime_pm",
    ),
    (
        "11 exception: the crash cut a PM callback",
        "facts/test_section_11.py::test_a_crash_that_cut_a_pm_callback_waits_for_it_for_ever_in_panic",
    ),
    (
        "11 exception: another holds the clock's prepare mutex",
        "facts/test_section_11.py::test_a_crash_that_cut_the_holder_of_the_clock_prepare_mutex_waits_for_it_for_ever",
    ),
    (
        "11 the resume turns interrupts on, nothing is printed",
        "facts/test_section_11.py::test_the_resume_turns_interrupts_on_inside_the_loop_and_nothing_is_printed",
    ),
    (
        "11 __might_resched() is silent beyond SYSTEM_RUNNING too",
        "kernel/test_sleep.py::test_sleeping_where_it_is_forbidden_is_printed_in_noirq_and_not_in_syscore",
        "kernel/irq/test_kexec_arch.py::test_riscv_takes_cpus_down_with_interrupts_off",
    ),
    (
        "11 the PM device cures runtime suspend only",
        "facts/test_section_11.py::test_the_pm_device_cures_a_requested_line_for_runtime_suspend_only",
        "kernel/test_sleep.py::test_the_reference_of_a_user_does_not_stop_force_suspend_in_noirq",
    ),
    (
        "11 a chained parent asks the parent's domain",
        "facts/test_section_11.py::test_a_chained_parent_asks_the_parent_domain_never_the_demultiplexer",
    ),
    (
        "11 unbind: get_sync, put_sync, then remove",
        "kernel/test_device.py::test_an_idle_device_is_suspended_before_remove",
        "facts/test_section_11.py::test_an_idle_irqsteer_is_suspended_already_when_remove_runs_and_underflows_its_clock",
    ),
    (
        "11 successor: the GIC clears active and enable of every SPI",
        "drivers/test_gic.py::test_the_next_kernels_gic_disables_and_deactivates_every_spi_and_leaves_what_is_pending",
    ),
    (
        "11 successor: irqsteer leaves CHANMASK and saves it",
        "facts/test_section_11.py::test_irqsteers_probe_leaves_the_mask_it_inherits_and_its_first_suspend_saves_it",
    ),
    (
        "11 successor: intmux zeroes CHANIER first",
        "facts/test_section_11.py::test_intmux_zeroes_its_enables_before_it_installs_a_handler_and_does_not_storm",
    ),
    (
        "11 successor: a line without mapping storms",
        "facts/test_section_11.py::test_an_inherited_irqsteer_line_without_a_mapping_storms_the_next_kernel",
        "kernel/irq/test_mapping.py::test_generic_handle_domain_irq_of_a_line_nobody_has_mapped_masks_nothing",
    ),
    (
        "11 successor: counts begin at 0; unused clocks and domains go off late",
        "facts/test_section_11.py::test_the_counts_of_clock_and_power_domain_begin_at_0_over_what_the_last_kernel_left_on",
        "kernel/test_clk.py::test_clk_disable_unused_closes_what_the_last_kernel_left_open",
        "kernel/test_genpd.py::test_unused_domains_go_off_late_in_boot",
    ),
    (
        "11 gated output: low, held, follows-input",
        "facts/test_section_11.py::test_a_gated_irqsteer_that_drives_its_output_lets_the_demultiplexer_touch_dead_registers",
        "hardware/test_block.py::test_a_gated_output_is_low_held_or_follows_its_input",
    ),
    (
        "11 gated output: unknown means both, and the finding names which",
        "explore/test_workers.py::test_a_finding_is_told_where_it_is_reached_soonest_and_names_where_it_was_seen",
    ),
    (
        "11 causes of a crash: sysrq, remote, nmi",
        "explore/test_contexts.py::test_a_crash_may_happen_anywhere_and_is_told_by_the_weakest_cause",
    ),
    (
        "11 causes of a crash: oops at a fault; after a hang nothing goes on",
        "facts/test_section_11.py::test_after_an_abort_the_kernel_goes_on_as_an_oops_crash_and_after_a_bus_hang_nothing_goes_on",
    ),
    (
        "11 the first request on a suspended chip faults in unmask",
        "facts/test_section_11.py::test_without_a_pm_device_the_first_request_irq_on_a_suspended_chip_faults_in_unmask",
    ),
    (
        "11 requested, then suspended: the request comes before the idle worker",
        "facts/test_section_11.py::test_requested_then_suspended_needs_the_request_before_the_idle_worker",
    ),
    (
        "11 releases say what is not modelled",
        "facts/test_section_11.py::test_every_release_says_what_is_claimed_of_it",
    ),
    (
        "contexts a stopped call is its entry and what it was answered",
        "state/test_tape.py::test_a_stopped_call_goes_on_with_what_it_had_read",
        "state/test_tape.py::test_the_same_log_is_the_same_continuation_as_often_as_one_asks",
    ),
    (
        "contexts a call that returned leaves its result alone",
        "state/test_tape.py::test_a_call_that_ended_leaves_only_its_result",
    ),
    (
        "contexts what was written before is not written again",
        "state/test_tape.py::test_writes_signals_creations_and_deletions_are_not_done_again",
    ),
    (
        "contexts wait: the condition is asked again at each attempt and never stored",
        "state/test_tape.py::test_a_wait_stops_until_its_condition_holds",
        "state/test_tape.py::test_what_a_condition_reads_is_not_kept",
        "state/test_tape.py::test_a_blocked_attempt_has_looked_at_its_condition_only",
    ),
    (
        "contexts choose: the script, then kept",
        "state/test_tape.py::test_a_choice_is_made_by_the_script_and_kept",
    ),
    (
        "contexts a small Record says who may go on",
        "explore/test_contexts.py::test_a_hardirq_ends_before_what_it_interrupted_goes_on",
        "explore/test_contexts.py::test_in_every_state_the_books_of_the_cpu_are_right",
    ),
    (
        "contexts a crash deletes what was under way",
        "explore/test_contexts.py::test_a_crash_keeps_no_stack",
    ),
    (
        "contexts generators are refused",
        "state/test_tape.py::test_a_generator_is_refused",
    ),
    (
        "contexts arguments and results are immutable",
        "state/test_tape.py::test_a_result_that_could_change_is_refused",
    ),
    (
        "contexts helpers for read-modify-writes are one entry",
        "state/test_tape.py::test_an_atomic_function_leaves_one_entry",
    ),
    (
        "contexts without them an update is lost",
        "explore/test_contexts.py::test_an_interrupt_in_an_unlocked_read_modify_write_loses_its_mask",
    ),
    (
        "contexts no mutable globals or closures",
        "state/test_tape.py::test_code_that_looks_outside_the_world_is_caught",
    ),
    (
        "contexts a stack that is thrown away has no effect",
        "state/test_tape.py::test_throwing_the_stack_away_has_no_effect",
        "state/test_tape.py::test_nothing_of_a_thrown_away_stack_can_read_create_delete_or_choose",
        "state/test_tape.py::test_a_call_that_swallows_the_end_ends_all_the_same",
    ),
    (
        "contexts a replay that is out of step is caught when audited",
        "explore/test_audit.py::test_a_misaligned_replay_is_seen_only_when_audited",
        "explore/test_audit.py::test_no_replay_is_misaligned_and_no_two_continuations_merge_by_chance",
    ),
    (
        "contexts a stop at any point changes nothing",
        "state/test_tape.py::test_a_call_stopped_at_every_point_ends_like_one_that_never_was",
    ),
)

#: Section and row, and why no test can assert it.
LEFT_OUT: tuple[tuple[str, str], ...] = (
    ("0 istate WAITING, AUTODETECT", "only autoprobing reads them, and nothing probes"),
    ("0 nr_actions", "the actions themselves are counted: a tuple"),
    ("1 gpiolib hooks of chips that are not immutable (a8173820f441)", "whom gpiolib serves here has an immutable chip"),
    ("2 setup_percpu_irq", "for architectures with a struct irqaction of their own, such as mips; none of ours"),
    ("2 secondary threads", "come with forced threading, which is left out"),
    ("2 6.12.117 waits for the task work of a thread that ends", "a thread here ends between two turns: nothing is left of it"),
    ("2 activation is not undone on an error", "nothing can fail after it in __setup_irq() of 6.1 and 6.12"),
    ("3 domain->dev is domain->pm_dev since 6.2", "the name of a C field: compiled drivers have their tree's headers"),
    ("3 MSI domains copy pm_dev of their parent", "MSI is not modelled"),
    ("3 debugfs", "not modelled"),
    ("3 schools: request_resources (gpio-zynq)", "a driver outside; tests/real builds others"),
    ("4 bad_irq prints and calls ack_bad_irq()", "a counter of the architecture"),
    ("6 suspend allowed? QoS 0 is -EPERM", "resume-latency QoS is not modelled: no driver of a controller sets it"),
    ("6 pm_runtime_get(): touching registers right after is unsafe", "follows from 'get': the device is still suspended"),
    ("7 reboot notifiers, usermodehelper", "not modelled: no driver here registers one, no interrupt hears of them"),
    ("7 arm's IPI and its second of waiting", "other CPUs run nothing here, so they are stopped at once"),
    ("7 x86", "has no such loop, and is no architecture of irqlab"),
    ("8 the affinity check of irq_thread() before it sleeps", "the affinity of threads is not modelled"),
    ("8 the exit work of irq threads", "as in section 2"),
    ("8 interrupt numbers in a maple tree", "a data structure"),
    ("8 syscore callbacks with an argument, generic-chip init and exit hooks", "prototypes of C, as in the compiled driver"),
    ("9 f94a18249b7f (6.14): IRQCHIP_MOVE_DEFERRED", "renames who moves in its own interrupt; 6.18 claims only its switches"),
    ("9 6.16: guards, irq_can_handle_pm()", "no change of behaviour"),
    ("9 8d39d6ec4db5 (6.17): edge handlers wait for the other CPU", "two CPUs in one flow handler: CPU 0 alone runs here"),
    ("9 6.19: struct syscore", "a prototype of C"),
    ("10 the history of irq_test.c, and that one case does not compile on 6.12", "about the test's source, not the kernel"),
    (
        "contexts numbers of states and seconds of the prototype",
        "another program; those of this one are in tests/explore and bench",
    ),
    (
        "contexts what was not tried: several CPUs, guests, worker processes",
        "a list; guests and workers exist by now and have tests",
    ),
)

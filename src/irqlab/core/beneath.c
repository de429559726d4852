// SPDX-License-Identifier: GPL-2.0-only
/*
 * What lies beneath the tree's own interrupt core and runtime PM when they run in a guest: variables of the kernel with
 * the types of the tree's headers, and what is simple enough to be C: RCU, work, tasklets and timers as lists of what is
 * still to be done.  What sleeps or wakes is irqlab's (irqlab/core/sched.py).
 */
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/hrtimer.h>
#include <linux/idr.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/kernel_stat.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/pm_qos.h>
#include <linux/pm_runtime.h>
#include <linux/property.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/isolation.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/string.h>
#include <linux/suspend.h>
#include <linux/timer.h>
#include <linux/version.h>
#include <linux/workqueue.h>

/* -- variables ------------------------------------------------------------------------------------------------ */

DEFINE_PER_CPU(struct kernel_stat, kstat);
struct kobject *kernel_kobj;
nodemask_t node_states[NR_NODE_STATES] = { [0 ... NR_NODE_STATES - 1] = { { 1UL } } };
cpumask_var_t node_to_cpumask_map[MAX_NUMNODES];
const struct fwnode_operations of_fwnode_ops;
const struct kernel_param_ops param_ops_bool, param_ops_int;
struct workqueue_struct *pm_wq, *system_wq;
unsigned long irq_err_count;
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
DEFINE_PER_CPU_READ_MOSTLY(int, cpu_number);
DEFINE_STATIC_KEY_FALSE(gic_nonsecure_priorities);
#endif
#undef jiffies
unsigned long volatile jiffies;

/* -- memory: caches with constructors and alignment ------------------------------------------------------------ */

struct irqlab_cache {
	unsigned int size, align;
	void (*ctor)(void *object);
};

static void *cache_alloc(struct irqlab_cache *cache)
{
	unsigned long align = max(cache->align, 8U), at;
	void *raw = kzalloc(cache->size + align + sizeof(void *), GFP_ATOMIC);

	if (!raw)
		return NULL;
	at = ALIGN((unsigned long)raw + sizeof(void *), align);
	((void **)at)[-1] = raw;
	if (cache->ctor)
		cache->ctor((void *)at);
	return (void *)at;
}

static struct irqlab_cache *cache_new(unsigned int size, unsigned int align, void (*ctor)(void *object))
{
	struct irqlab_cache *cache = kzalloc(sizeof(*cache), GFP_ATOMIC);

	cache->size = size;
	cache->align = align;
	cache->ctor = ctor;
	return cache;
}

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	if (object)
		kfree(((void **)object)[-1]);
}

void kmem_cache_free_bulk(struct kmem_cache *cache, size_t count, void **objects)
{
	while (count--)
		kmem_cache_free(cache, objects[count]);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
struct kmem_cache *__kmem_cache_create_args(const char *name, unsigned int size, struct kmem_cache_args *args,
					    slab_flags_t flags)
{
	return (struct kmem_cache *)cache_new(size, args->align, args->ctor);
}

void *kmem_cache_alloc_noprof(struct kmem_cache *cache, gfp_t flags)
{
	return cache_alloc((struct irqlab_cache *)cache);
}

void *kmem_cache_alloc_lru_noprof(struct kmem_cache *cache, struct list_lru *lru, gfp_t flags)
{
	return cache_alloc((struct irqlab_cache *)cache);
}

int kmem_cache_alloc_bulk_noprof(struct kmem_cache *cache, gfp_t flags, size_t count, void **objects)
{
	size_t at;

	for (at = 0; at < count; at++)
		objects[at] = cache_alloc((struct irqlab_cache *)cache);
	return count;
}
#else
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align, slab_flags_t flags,
				     void (*ctor)(void *object))
{
	return (struct kmem_cache *)cache_new(size, align, ctor);
}

void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t flags)
{
	return cache_alloc((struct irqlab_cache *)cache);
}

void *kmem_cache_alloc_lru(struct kmem_cache *cache, struct list_lru *lru, gfp_t flags)
{
	return cache_alloc((struct irqlab_cache *)cache);
}

int kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t flags, size_t count, void **objects)
{
	size_t at;

	for (at = 0; at < count; at++)
		objects[at] = cache_alloc((struct irqlab_cache *)cache);
	return count;
}
#endif

/* -- what is done later: the list is irqlab's to empty ----------------------------------------------------------- */

/* Where irqlab explores, each of these is a Record, and when its turn comes is an action (irqlab/core/deferred.py). */
#ifndef IRQLAB_EXPLORES
static struct rcu_head *rcu_first, **rcu_last = &rcu_first;

void call_rcu(struct rcu_head *head, rcu_callback_t function)
{
	head->func = function;
	head->next = NULL;
	*rcu_last = head;
	rcu_last = (struct rcu_head **)&head->next;
}

/* A grace period is over. */
void irqlab_rcu(void)
{
	while (rcu_first) {
		struct rcu_head *head = rcu_first;

		rcu_first = (struct rcu_head *)head->next;
		if (!rcu_first)
			rcu_last = &rcu_first;
		head->func(head);
	}
}

static LIST_HEAD(works);

bool queue_work_on(int cpu, struct workqueue_struct *queue, struct work_struct *work)
{
	if (test_and_set_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work)))
		return false;
	list_add_tail(&work->entry, &works);
	return true;
}

static bool unqueue(struct work_struct *work)
{
	if (!test_and_clear_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work)))
		return false;
	list_del_init(&work->entry);
	return true;
}

bool cancel_work_sync(struct work_struct *work) { return unqueue(work); }

bool flush_work(struct work_struct *work)
{
	if (!unqueue(work))
		return false;
	work->func(work);
	return true;
}

/* One work of all queues; whether there was one. */
bool irqlab_work(void)
{
	struct work_struct *work = list_first_entry_or_null(&works, struct work_struct, entry);

	if (!work)
		return false;
	unqueue(work);
	work->func(work);
	return true;
}

bool irqlab_work_pending(void) { return !list_empty(&works); }

static struct tasklet_struct *tasklet;

void __tasklet_schedule(struct tasklet_struct *t) { tasklet = t; }

/* The softirq: the one tasklet there is. */
bool irqlab_softirq(void)
{
	struct tasklet_struct *t = tasklet;

	if (!t)
		return false;
	tasklet = NULL;
	clear_bit(TASKLET_STATE_SCHED, &t->state);
	if (t->use_callback)
		t->callback(t);
	else
		t->func(t->data);
	return true;
}

bool irqlab_softirq_pending(void) { return tasklet; }
#endif

void __rcu_read_lock(void) { }
void __rcu_read_unlock(void) { }

#ifndef IRQLAB_EXPLORES
static struct timer_list *timer;

int mod_timer(struct timer_list *t, unsigned long expires)
{
	int was = timer == t;

	timer = t;
	return was;
}

/* The one timer (spurious polling) is due; whether it was running. */
bool irqlab_timer(void)
{
	struct timer_list *t = timer;

	if (!t)
		return false;
	timer = NULL;
	t->function(t);
	return true;
}

bool irqlab_timer_pending(void) { return timer; }

void init_timer_key(struct timer_list *t, void (*function)(struct timer_list *), unsigned int flags, const char *name,
		    struct lock_class_key *key)
{
	t->function = function;
}

static int forget(struct timer_list *t)
{
	int was = timer == t;

	if (was)
		timer = NULL;
	return was;
}

int timer_delete(struct timer_list *t) { return forget(t); }
int timer_delete_sync(struct timer_list *t) { return forget(t); }

/* Autosuspend: a deadline is an order, not a time.  A timer is due when irqlab says so. */
static struct hrtimer *hrtimers[8];
static u64 now = 1000 * NSEC_PER_SEC;

void hrtimer_init(struct hrtimer *t, clockid_t clock, enum hrtimer_mode mode) { memset(t, 0, sizeof(*t)); }
u64 notrace ktime_get_mono_fast_ns(void) { return now; }
ktime_t ktime_get(void) { return now; }

/* The clock moves on, at least to a time. */
void irqlab_passes(u64 until) { now = max(now, until); }

int hrtimer_try_to_cancel(struct hrtimer *t)
{
	int at;

	for (at = 0; at < ARRAY_SIZE(hrtimers); at++)
		if (hrtimers[at] == t) {
			hrtimers[at] = NULL;
			return 1;
		}
	return 0;
}

void hrtimer_start_range_ns(struct hrtimer *t, ktime_t time, u64 delta, const enum hrtimer_mode mode)
{
	int at;

	hrtimer_try_to_cancel(t);
	t->node.expires = time;
	for (at = 0; at < ARRAY_SIZE(hrtimers); at++)
		if (!hrtimers[at]) {
			hrtimers[at] = t;
			return;
		}
}

/* A timer runs out; whether it was running. */
bool irqlab_hrtimer(struct hrtimer *t)
{
	if (!hrtimer_try_to_cancel(t))
		return false;
	t->function(t);
	return true;
}

/* -- what is said ------------------------------------------------------------------------------------------------- */

extern void irqlab_warns(const char *text);

const char *dev_driver_string(const struct device *dev) { return ""; }
/* A stack follows that belongs to what was said. */
static bool said;

void _dev_warn(const struct device *dev, const char *text, ...)
{
	if (!strncmp(text, "wake IRQ with no resume", 23))
		return; /* told, and nobody's mistake */
	irqlab_warns(text);
	said = !strncmp(text, "Attempt to enable runtime PM when it is blocked", 47);
}

asmlinkage void dump_stack(void)
{
	if (!said)
		irqlab_warns("a stack trace");
	said = false;
}

void _dev_err(const struct device *dev, const char *text, ...) { }

/* A step is over: everything that warns once may again. */
extern char __irqlab_once[], __irqlab_once_end[];

void irqlab_clear_once(void)
{
	char *at;

	for (at = __irqlab_once; at < __irqlab_once_end; at++)
		if (*at)
			*at = 0;
}

/* What wakeup.c alone asks for. */
int __srcu_read_lock(struct srcu_struct *srcu) { return 0; }
void __srcu_read_unlock(struct srcu_struct *srcu, int index) { }
void synchronize_srcu(struct srcu_struct *srcu) { }
int ida_alloc_range(struct ida *ida, unsigned int min, unsigned int max, gfp_t flags) { return min; }
void ida_free(struct ida *ida, unsigned int id) { }
void s2idle_wake(void) { }
#endif

/* -- what says nothing about interrupts -------------------------------------------------------------------------- */

void add_interrupt_randomness(int irq) { }
int __init arch_early_irq_init(void) { return 0; }
int __init arch_probe_nr_irqs(void) { return NR_IRQS_LEGACY; }
unsigned int arch_dynirq_lower_bound(unsigned int from) { return from; }
void register_handler_proc(unsigned int irq, struct irqaction *action);
void register_handler_proc(unsigned int irq, struct irqaction *action) { }
void register_irq_proc(unsigned int irq, struct irq_desc *desc);
void register_irq_proc(unsigned int irq, struct irq_desc *desc) { }
void unregister_handler_proc(unsigned int irq, struct irqaction *action);
void unregister_handler_proc(unsigned int irq, struct irqaction *action) { }
#ifndef IRQLAB_EXPLORES
void unregister_irq_proc(unsigned int irq, struct irq_desc *desc);
void unregister_irq_proc(unsigned int irq, struct irq_desc *desc) { }
int device_for_each_child(struct device *dev, void *data, int (*fn)(struct device *dev, void *data)) { return 0; }
#endif
const struct cpumask *housekeeping_cpumask(enum hk_type type) { return cpu_possible_mask; }
bool housekeeping_enabled(enum hk_type type) { return false; }
void sched_set_fifo(struct task_struct *p) { }
int set_cpus_allowed_ptr(struct task_struct *p, const struct cpumask *mask) { return 0; }
s32 __dev_pm_qos_resume_latency(struct device *dev) { return PM_QOS_RESUME_LATENCY_NO_CONSTRAINT; }
int device_links_read_lock(void) { return 0; }
void device_links_read_unlock(int index) { }
void __local_bh_enable_ip(unsigned long ip, unsigned int count) { preempt_count_sub(count); }
void __init_waitqueue_head(struct wait_queue_head *head, const char *name, struct lock_class_key *key)
{
	memset(head, 0, sizeof(*head));
	INIT_LIST_HEAD(&head->head);
}

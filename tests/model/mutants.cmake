# One mistake each, in what the scheduling of the thread pool stands on.

# The owner looks for a thief before its own step is seen.
concur_model_mutant(deque_take_unordered core stealing_deque owner_and_thief core/stealing_deque.cpp
    "bottom_.store(b, std::memory_order_seq_cst)" "bottom_.store(b, std::memory_order_relaxed)")
# The last job goes to both.
concur_model_mutant(deque_last_for_both core stealing_deque owner_and_thief core/stealing_deque.cpp
    "if (t < b) return found;" "if (t <= b) return found;")
# A thief sees a job before what was written into it.
concur_model_mutant(deque_push_relaxed core stealing_deque owner_and_thief core/stealing_deque.hpp
    "bottom_.store(b + 1, std::memory_order_seq_cst)" "bottom_.store(b + 1, std::memory_order_relaxed)")
# A larger room is seen before what is in it.
concur_model_mutant(deque_grow_relaxed core stealing_deque grows_under_a_thief core/stealing_deque.cpp
    "room_.store(larger.get(), std::memory_order_release)" "room_.store(larger.get(), std::memory_order_relaxed)")
# Who has pushed a job believes in one that looks, though it has given up.
concur_model_mutant(wake_looks_too_early core stealing_deque pushed_or_seen core/stealing_deque.hpp
    "looking.load(std::memory_order_seq_cst) == 0" "looking.load(std::memory_order_relaxed) == 0")
# A worker does not look again when it has said that it sleeps.
concur_model_mutant(sleep_without_a_last_look executors pool_worker a_worker_that_falls_asleep_comes
    executors/thread_pool_workers.cpp "if (!something_to_steal() || !stay_awake(w)) await_call(w);" "await_call(w);")
# The last that stops looking does not wake the next.
concur_model_mutant(thief_wakes_nobody executors pool_worker two_workers_come executors/thread_pool_workers.cpp
    "was_last && helpers_.idle.load(std::memory_order_seq_cst) != 0" "was_last && false")
# A task that is cancelled where it is kept starts all the same.
concur_model_mutant(start_of_a_cancelled_one executors pool_worker kept_and_cancelled futures/future_core.cpp
    "const bool mine = state_in(word) == state::pending;" "const bool mine = true;")
# A task that nobody finds in the line any more is given up twice.
concur_model_mutant(taken_out_of_no_line executors thread_pool runs_or_is_cancelled executors/thread_pool.cpp
    "if (!line_.remove(j)) return false;" "line_.remove(j);")
# A branch that a thief has is done by its owner too.
concur_model_mutant(branch_done_by_both futures branch side_by_side futures/branch.hpp
    "if (me.take_back(*this)) work_(*this);" "if (me.take_back(*this) || true) work_(*this);" futures/branch.cpp)
# The owner of a branch goes on before it has ended.
concur_model_mutant(branch_not_waited_for futures branch side_by_side futures/branch.cpp
    "while (!ended()) {" "while (false) {")

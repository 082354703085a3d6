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

# The one that starts in place of a worker that leaves: who pushes a job sees too late that there may be one,
concur_model_mutant(told_too_early_that_none_leaves core stealing_deque pushed_or_replaced core/stealing_deque.hpp
    "may_grow.load(std::memory_order_seq_cst)" "may_grow.load(std::memory_order_relaxed)")
# or who leaves says it too late.
concur_model_mutant(leaves_without_telling executors thread_pool_size leaves_while_another_keeps_a_task
    executors/thread_pool_size.cpp "helpers_.may_grow.store(may_grow, std::memory_order_seq_cst)"
    "helpers_.may_grow.store(may_grow, std::memory_order_relaxed)")
# A worker that is too many is not told so.
concur_model_mutant(too_many_sleep_on executors thread_pool_size resized_against_shutdown executors/thread_pool_size.cpp
    "--surplus) pop_idle().spot->unpark();" "--surplus) pop_idle();")
# The newest task is taken back by its worker, though a thief has it.
concur_model_mutant(newest_for_both executors pool_worker awaited_by_its_worker core/worker.hpp
    "own->take() != nullptr" "(own->take(), true)")
# Who cancels a task in a full line makes no room.
concur_model_mutant(cancelled_without_room executors injector room_by_cancelling executors/thread_pool.cpp
    "parker* const let_in = let_producer_in();\n    h.release();\n    if (let_in != nullptr) let_in->unpark();\n    return true;"
    "h.release();\n    return true;")
# Two threads are at the depot at a time.
concur_model_mutant(depot_without_its_lock core recycled two_users core/block_depot.cpp
    "const holding h(lock_);\n    free_block* const batch" "free_block* const batch")
# A thread keeps the batch that it has given to the depot.
concur_model_mutant(depot_and_thread_have_it core recycled two_users core/block_depot.cpp
    "free_block* const older = std::exchange(spare_, std::exchange(top_, nullptr));"
    "free_block* const older = spare_ != nullptr ? spare_ : std::exchange(spare_, top_); top_ = nullptr;")
# The depot takes more than it may have.
concur_model_mutant(depot_without_a_bound core recycled a_small_depot core/block_depot.cpp
    "if (most_bytes_ - bytes_ < bytes_of_batch(index)) return false;" "")
# A wait ends before the notice that ended it has let go of it,
concur_model_mutant(wait_counts_unordered futures wait waits_for_all futures/wait.cpp
    "left_.fetch_sub(n, std::memory_order_acq_rel)" "left_.fetch_sub(n, std::memory_order_relaxed)")
# or while one runs that came as its time was over.
concur_model_mutant(wait_leaves_a_notice futures wait leaves_while_they_finish futures/wait.cpp
    "if (count_off(back)) return;" "if (count_off(back) || true) return;")
# Two that are enough both send the bell.
concur_model_mutant(wait_told_twice futures wait waits_for_the_first futures/wait.cpp
    "!of.told_.exchange(true, std::memory_order_relaxed)" "true")

# A release that calls one of the line forgets the others,
concur_model_mutant(lock_forgets_the_line threading lock three_threads threading/lock.cpp
    "(line.empty() ? free : wanted)" "free")
# or what was done under a lock is not there for the next.
concur_model_mutant(lock_released_unordered threading lock two_threads threading/lock.hpp
    "seen, free, std::memory_order_release" "seen, free, std::memory_order_relaxed" threading/lock.cpp)
# Who is called as its time runs out goes before the one who calls has let go of it.
concur_model_mutant(leaves_who_is_called core parking called_or_too_late core/waiting_line.cpp
    "    w.spot.park();  // whoever took it out of the line is about to wake it" "")
# A coroutine that ends before its turn comes keeps that,
concur_model_mutant(turn_kept_by_the_gone core awaited_turn destroyed_before_another core/awaited_turn.cpp
    "if (how == turn::given || how == turn::called) law->pass_on(*this);" "")
# or leaves an alarm that rings at that moment.
concur_model_mutant(alarm_outlives_the_wait core awaited_turn destroyed_or_too_late core/awaited_turn.cpp
    "while (!rung_.load(std::memory_order_acquire)) platform::yield();" "")
# An event is set past those who wait.
concur_model_mutant(event_tells_nobody threading event two_wait threading/event.cpp
    "if ((seen & wanted) != 0) return set_and_tell();" "")
# A semaphore with permits to give forgets who else waits.
concur_model_mutant(semaphore_forgets_the_line threading semaphore handed_over threading/semaphore.cpp
    "const std::uint32_t mark = line.empty() ? 0 : wanted;" "const std::uint32_t mark = 0;")
# Who waits for a notice lets go of the lock before it stands in line.
concur_model_mutant(notice_passes_by threading condition one_notice threading/notice_line.cpp
    "line_at line(w.at);
        if (!line.join(w)) return false;" "held.leave();
        line_at line(w.at);
        if (!line.join(w)) return false;")
# The last who comes does not wait for the action's end before the others go on.
concur_model_mutant(round_ends_before_its_action threading barrier action_before_all threading/round_line.cpp
    "if (action) action();" "end_round(a.round); if (action) action(); return a.index;")
# One that gives up leaves the others waiting.
concur_model_mutant(gives_up_in_silence threading barrier one_gives_up threading/round_line.cpp
    "if (!line.end(w, how)) return false;
        static_cast<round_line*>(w.at)->note_gone(line, w, told);" "if (!line.end(w, how)) return false;
        static_cast<round_line*>(w.at)->broken_ = true;")
# A reader comes in past a writer that waits,
concur_model_mutant(reader_past_a_writer threading shared_lock writer_is_not_passed threading/shared_lock.cpp
    "(seen & (writer | wanted | upgrading)) == 0)
        if" "(seen & (writer | upgrading)) == 0)
        if")
# or stays out when the writer that it stood behind has left.
concur_model_mutant(left_behind_a_writer threading shared_lock writer_leaves threading/shared_lock.cpp
    "if (!leaves(line)) return false;
            of(w).let_readers_in(line, 0, 0, told);" "if (!leaves(line)) return false;")
# The last reader but one does not tell who upgrades.
concur_model_mutant(upgrade_untold threading shared_lock upgrades threading/shared_lock.cpp
    "if ((seen & upgrading) != 0 && seen < 3 * one) call_upgrader();" "")

# A pool that was told to end lends no thread to those who wait for what is in its line.
concur_model_mutant(lends_nothing_at_the_end executors thread_pool_size lends_a_thread executors/thread_pool.cpp
    "phase_.load(std::memory_order_relaxed) == phase::broken)" "phase_.load(std::memory_order_relaxed) != phase::open)")
# The end of a pool joins the workers that were there when it began, and no other.
concur_model_mutant(joins_the_first_alone executors thread_pool_size lends_a_thread executors/thread_pool.cpp
    "if (left == workers_.end()) break;" "if (left == workers_.end() || left != workers_.begin()) break;")
# A thread that was lent stays.
concur_model_mutant(keeps_what_was_lent executors thread_pool_size takes_back_what_it_lent executors/thread_pool_size.cpp
    "if (by < 0 && alive_ > most_workers() && idle_ != nullptr) pop_idle().spot->unpark();" "")
# The order of locks is not kept.
concur_model_mutant(order_not_kept core lock_watch tells_of_a_circle core/lock_watch.cpp
    "after.emplace(wanted, edge{who, had.where, where});" "static_cast<void>(where);")
# A reader that is no longer the last, since others came in behind a writer that left, stays for ever.
concur_model_mutant(readers_to_come_forgotten threading shared_lock destroyed_while_it_is_called threading/shared_lock.cpp
    "next = is_last ? g.adds | (g.is_all ? 0 : wanted) : seen - mine;" "next = is_last ? g.adds | (g.is_all ? 0 : wanted) : seen;")

# An item is seen before what is in it,
concur_model_mutant(item_published_unordered queue simple_queue one_sleeps queue/simple_queue.cpp
    "what, std::memory_order_release, std::memory_order_relaxed))" "what, std::memory_order_relaxed, std::memory_order_relaxed))")
# or put past one who sleeps for it.
concur_model_mutant(put_past_a_sleeper queue simple_queue one_sleeps queue/simple_queue.cpp
    "if (has_line) settle" "if (has_line && false) settle")
# A new segment is used before it is one,
concur_model_mutant(segment_begun_unordered queue simple_queue three_bring_a_segment queue/simple_queue.cpp
    "const std::uint64_t end = end_.fetch_add(one_slot, std::memory_order_acquire);"
    "const std::uint64_t end = end_.fetch_add(one_slot, std::memory_order_relaxed);")
# by those who get, too.
concur_model_mutant(segment_linked_unordered queue simple_queue segment_after_segment queue/simple_queue.cpp
    "p.in->next.load(std::memory_order_acquire)" "p.in->next.load(std::memory_order_relaxed)")
# Where the line is left, the front is seen as it was before.
concur_model_mutant(line_left_unordered queue simple_queue two_put_and_two_get queue/simple_queue.cpp
    "in_line_.store(false, std::memory_order_release)" "in_line_.store(false, std::memory_order_relaxed)")
# An item that was given is anybody's while its waiter comes.
concur_model_mutant(line_left_too_early queue simple_queue two_put_and_two_get queue/simple_queue.cpp
    "line.empty() && given_ == 0 && spare_ == 0" "line.empty() && spare_ == 0")
# A coroutine that ends keeps the item that was on its way to it.
concur_model_mutant(item_kept_by_the_gone queue simple_queue destroyed_while_its_item_comes queue/simple_queue.cpp
    "        --given_;
        ++spare_;
        settle(line, woken);" "        settle(line, woken);")
# What is given back goes to nobody who waits.
concur_model_mutant(given_back_to_nobody queue simple_queue given_back queue/simple_queue.cpp
    "        *before = &box;
        ++spare_;
        settle(line, woken);" "        *before = &box;
        ++spare_;")
# An item behind one that is just being put is not there.
concur_model_mutant(blind_behind_a_put queue simple_queue what_i_put_i_can_get queue/simple_queue.cpp
    "taken_slots_from(p) > 1 ? behind" "taken_slots_from(p) > 9 ? behind")
# Who has put an item looks at the queue once more.
concur_model_mutant(put_looks_back queue simple_queue who_got_it_may_destroy_the_queue queue/simple_queue.cpp
    "if (has_line) settle" "if (has_line || true) settle")

# A thread goes before its record has told that it has ended.
concur_model_mutant(thread_gone_before_it_tells threading thread_record a_daemon_outlives_its_handles
    threading/thread_record.cpp "    me.ended_.set();\n    me.drop_share();" "    me.drop_share();\n    me.ended_.set();")
# Two threads start one.
concur_model_mutant(thread_started_by_both threading thread_record started_by_two threading/thread_record.cpp
    "        phase_.store(phase::starting, std::memory_order_relaxed);\n" "")
# The last handle goes without a look at the thread.
concur_model_mutant(last_handle_waits_for_nobody threading thread_record its_last_handle_waits
    threading/thread_record.cpp "    stop_.request_stop();\n    join_at_exit();" "    stop_.request_stop();")

# Who puts an item in does not look for those who wait for one,
concur_model_mutant(put_without_a_look queue queue_gate an_item_comes queue/queue_gate.cpp
    "g.put_.watched = g.closed() || !g.get_.line.empty();" "g.put_.watched = g.closed();")
# nor who takes one out for those who wait for room.
concur_model_mutant(get_without_a_look queue queue_gate room_comes queue/queue_gate.cpp
    "g.get_.watched = !g.put_.line.empty();" "g.get_.watched = false;")
# An item is there before what it is.
concur_model_mutant(item_before_its_time queue queue_gate many_through_one_place queue/queue_gate.hpp
    "if (has_place_) --here.given;
        here.count.store(here.count.load(std::memory_order_relaxed) + passed_, std::memory_order_release);"
    "if (has_place_) --here.given;
        here.count.store(here.count.load(std::memory_order_relaxed) + passed_, std::memory_order_relaxed);"
    queue/queue_gate.cpp)
# A coroutine that ends after it was called to an item does not call the next,
concur_model_mutant(item_known_to_the_gone queue queue_gate a_coroutine_is_destroyed_while_it_is_called
    queue/queue_gate.cpp "if (gate_of(w).items() > 0) gate_of(w).call_getters(1, told);" "")
# or one that was given it,
concur_model_mutant(item_kept_for_the_gone queue queue_gate a_coroutine_is_destroyed_while_it_is_given_one
    queue/queue_gate.cpp "const bool is_left = has_item_ && passed_ == 0;"
    "const bool is_left = false;")
# or one that was given a place.
concur_model_mutant(place_kept_for_the_gone queue queue_gate a_coroutine_is_destroyed_before_it_puts
    queue/queue_gate.cpp "gate_.call_getters(static_cast<std::int64_t>(passed_), told);
    gate_.give_places(told);" "gate_.call_getters(static_cast<std::int64_t>(passed_), told);")
# A queue is shut down, and nobody tells those who wait for room.
concur_model_mutant(shut_down_in_silence queue queue_gate shut_down_while_two_wait queue/queue_gate.cpp
    "while (waiter* const w = gate_.put_.line.take(turn::refused)) told_.push(*w);" "")
# A lock ends while somebody wakes its word.
concur_model_mutant(end_lock_woken_after_its_end queue end_lock destroyed_by_the_last queue/end_lock.cpp
    "const line_at until_woken(this);
    word_.store" "word_.store")
# Who waits for the last task does not see what was done.
concur_model_mutant(task_done_unordered queue task_count last_of_two queue/task_count.cpp
    "seen, seen + one, std::memory_order_acq_rel" "seen, seen + one, std::memory_order_relaxed")
# A block is used again while its last item is on its way out.
concur_model_mutant(block_in_two_hands queue item_blocks the_same_block_again queue/item_blocks.hpp
    "spare_.exchange(used, std::memory_order_acq_rel)" "spare_.exchange(used, std::memory_order_relaxed)")
# A timer that was cancelled calls its function all the same.
concur_model_mutant(timer_called_and_cancelled threading timer_record called_or_cancelled threading/timer_record.cpp
    "    if (phase_ != phase::waiting) return false;\n    phase_ = phase::running;" "    phase_ = phase::running;")
# Nobody keeps a timer while its bell rings.
concur_model_mutant(timer_gone_while_it_rings threading timer_record its_last_handle_goes threading/timer_record.cpp
    "    if (last) drop_share();" "    if (last || true) drop_share();")

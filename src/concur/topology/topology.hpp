// The machine's cores, caches and NUMA nodes, as places for the workers of a pool. By hwloc, which programs that
// include this have to be linked with.
#pragma once
#include "concur/platform/affinity.hpp"

#include <cerrno>
#include <climits>
#include <cstddef>
#include <hwloc.h>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace concur {

// What each of these gives are places: processors by the system's numbers, in ascending order, of those that this
// process may use; no place without one. They throw std::bad_alloc.
class topology {
public:
    using place = std::vector<int>;

    // Looks at the machine, which takes some milliseconds. Throws std::system_error where hwloc cannot.
    topology() {
        hwloc_topology_t fresh = nullptr;
        if (hwloc_topology_init(&fresh) != 0) fail();
        all_.reset(fresh);
        if (hwloc_topology_load(fresh) != 0) fail();
        if (hwloc_topology_is_thissystem(fresh) != 0) keep_usable();
    }

    // What can run one thread at a time, each by itself.
    std::vector<place> processors() const { return places_of(HWLOC_OBJ_PU); }
    // Processors that share a core's units; its only one, where the machine has no more.
    std::vector<place> cores() const { return or_else(places_of(HWLOC_OBJ_CORE), HWLOC_OBJ_PU); }
    // Processors that share a last-level cache.
    std::vector<place> caches() const {
        for (const hwloc_obj_type_t level :
             {HWLOC_OBJ_L5CACHE, HWLOC_OBJ_L4CACHE, HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L2CACHE})
            if (std::vector<place> found = places_of(level); !found.empty()) return found;
        return packages();
    }
    // Processors that share a memory, which is nearer to them than others are.
    std::vector<place> numa_nodes() const { return places_of(HWLOC_OBJ_NUMANODE); }
    // Processors that are on one chip.
    std::vector<place> packages() const { return or_else(places_of(HWLOC_OBJ_PACKAGE), HWLOC_OBJ_MACHINE); }

    // `n` places, one for each worker, which share as little as can be: packages, then caches, then cores. Throws
    // std::invalid_argument below 1.
    std::vector<place> spread(int n) const {
        if (n < 1) throw std::invalid_argument("topology::spread(n): n is below 1; it is a number of workers");
        std::vector<hwloc_cpuset_t> sets(static_cast<std::size_t>(n), nullptr);
        std::vector<set> owned;
        owned.reserve(sets.size());
        hwloc_obj_t root = hwloc_get_root_obj(all_.get());
        if (hwloc_distrib(all_.get(), &root, 1, sets.data(), static_cast<unsigned>(n), INT_MAX, 0) != 0) fail();
        for (const hwloc_cpuset_t s : sets) owned.emplace_back(s);
        std::vector<place> found;
        for (const set& s : owned) add(found, s.get());
        return found;
    }

private:
    struct end_topology {
        void operator()(hwloc_topology_t t) const noexcept { hwloc_topology_destroy(t); }
    };
    struct end_set {
        void operator()(hwloc_bitmap_t s) const noexcept { hwloc_bitmap_free(s); }
    };
    using set = std::unique_ptr<hwloc_bitmap_s, end_set>;

    [[noreturn]] static void fail() {
        throw std::system_error(errno, std::generic_category(), "concur::topology: hwloc cannot tell this machine's");
    }

    void keep_usable() {
        const set usable(hwloc_bitmap_alloc());
        if (usable == nullptr) throw std::bad_alloc();
        for (const int n : platform::usable_processors())
            if (hwloc_bitmap_set(usable.get(), static_cast<unsigned>(n)) != 0) throw std::bad_alloc();
        if (hwloc_topology_restrict(all_.get(), usable.get(), 0) != 0) fail();
    }

    static void add(std::vector<place>& places, hwloc_const_cpuset_t of) {
        place here;
        for (int n = hwloc_bitmap_first(of); n >= 0; n = hwloc_bitmap_next(of, n)) here.push_back(n);
        if (!here.empty()) places.push_back(std::move(here));
    }

    std::vector<place> places_of(hwloc_obj_type_t type) const {
        std::vector<place> found;
        for (hwloc_obj_t at = hwloc_get_next_obj_by_type(all_.get(), type, nullptr); at != nullptr;
             at = hwloc_get_next_obj_by_type(all_.get(), type, at))
            add(found, at->cpuset);
        return found;
    }

    std::vector<place> or_else(std::vector<place> found, hwloc_obj_type_t type) const {
        return found.empty() ? places_of(type) : std::move(found);
    }

    std::unique_ptr<hwloc_topology, end_topology> all_;
};

}  // namespace concur

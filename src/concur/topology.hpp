// The machine's cores, caches and NUMA nodes; needs hwloc.
#pragma once
#include "concur/topology/topology.hpp"

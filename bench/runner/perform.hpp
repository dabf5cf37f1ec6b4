#pragma once

#include <string>

#include "bench/runner/people.hpp"
#include "bench/runner/rig.hpp"
#include "bench/scenario/scenario.hpp"

namespace posbench::runner {

/// Does a step's verb (bench/scenario/verbs.cpp) on the rig. The result is empty, or says why the stimulus
/// was not given.
runtime::Task<std::string> perform(const scenario::Step& step, Rig& rig, Operator& hand);

}  // namespace posbench::runner

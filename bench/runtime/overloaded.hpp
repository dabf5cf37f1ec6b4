#pragma once

namespace posbench::runtime {

/// One visitor of a std::variant made of a function for each alternative.
template <class... Functions>
struct Overloaded : Functions... {
    using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace posbench::runtime

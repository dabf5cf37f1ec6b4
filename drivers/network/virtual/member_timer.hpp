#pragma once

#include "bench/runtime/timer_queue.hpp"

namespace posbench::network::virtual_net {

/// A timer that calls a member of its owner; no allocation. The call may destroy the owner.
template <class Owner, void (Owner::*action)()>
class MemberTimer final : public runtime::Timer {
  public:
    explicit MemberTimer(Owner& owner) noexcept : owner_(owner) {}

  private:
    void fire() override { (owner_.*action)(); }
    Owner& owner_;
};

}  // namespace posbench::network::virtual_net

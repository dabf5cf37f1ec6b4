#pragma once

namespace posbench::power {

/// The terminal's supply. Role "power".
class Power {
  public:
    virtual ~Power() = default;
    virtual void cut() = 0;
    virtual void restore() = 0;
    virtual bool on() const noexcept = 0;
};

}  // namespace posbench::power

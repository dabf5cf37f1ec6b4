#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "drivers/host/acquirer/action.hpp"
#include "drivers/protocols/iso8583/message.hpp"

namespace posbench::host {

/// An answer with every part of it open to change.
struct Draft {
    iso8583::Dialect dialect;  ///< its own, so that a field may get another form
    iso8583::Message message;  ///< without MAC
    Bytes tpdu;
    Bytes header;
};

/// One thing of an answer that is made other than it was decided.
class Change {
  public:
    virtual ~Change() = default;
    /// What is changed, without any value: "field 4".
    virtual std::string describe() const = 0;
    /// Before the message becomes octets. False when the answer has not what is to be changed.
    virtual bool shape(Draft&) const { return true; }
    /// On the message's octets, before the MAC is computed over them.
    virtual void bend(Bytes&, const Draft&) const {}
    /// The length in front, from the real one.
    virtual std::size_t claim(std::size_t octets) const { return octets; }
    /// The MAC covers it.
    virtual bool covered() const noexcept { return true; }
    /// What field 39 says after it, which a terminal may take for a decision.
    enum class Decision { unchanged, approval, other };
    virtual Decision decision() const noexcept { return Decision::unchanged; }
};

/// Leaves all but the MAC as it is.
class NoChange final : public Change {
  public:
    explicit NoChange(std::string what) noexcept : what_(std::move(what)) {}
    std::string describe() const override { return what_; }

  private:
    std::string what_;
};

/// One of `field`, `mti`, `tpdu`, `header`, `length` and `bit`, with what belongs to it.
/// @throws config::ConfigError
std::unique_ptr<const Change> read_change(config::Reader& then, const Terms& terms);

}  // namespace posbench::host

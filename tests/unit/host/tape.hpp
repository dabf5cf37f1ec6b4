#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "drivers/host/recording/recording.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/host/support.hpp"

namespace posbench::test {

/// Field 37 of the answer to `request`, each its own.
std::string recorded_rrn(const iso8583::Message& request);

/// What another acquirer answered, at another time and under keys of its own.
iso8583::Message answered(const iso8583::Message& request, std::string_view code);

/// A recording in the making. Its requests come from a terminal of another day, so their STANs are no help.
class Tape {
  public:
    Tape& add(const iso8583::Message& request, const std::optional<iso8583::Message>& reply,
              runtime::Duration wait = std::chrono::seconds(2), std::optional<runtime::Duration> closed = {});
    Tape& add(const iso8583::Message& request, std::string_view code) {
        return add(request, answered(request, code));
    }

    /// The key of a profile that plays it.
    std::string key();

  private:
    static host::KeptMessage kept(iso8583::Message message);
    tests::TemporaryFolder folder_;
    std::string lines_;
};

}  // namespace posbench::test

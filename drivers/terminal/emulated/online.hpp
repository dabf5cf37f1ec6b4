#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "drivers/terminal/emulated/journal.hpp"
#include "drivers/terminal/emulated/keys.hpp"
#include "drivers/terminal/emulated/link.hpp"

namespace posbench::terminal {

/// What an upload of a kept transaction is made of.
TransactionData data_of(const TransactionRecord& kept);

/// Why an exchange with the host did not lead to what it was for.
struct OnlineFailure {
    std::string_view reason;  ///< as terminal.outcome names it
    std::string text;
    std::string code;  ///< field 39 of the reply, when there was one
};

/// What the host wants the terminal to do next: digit 6 of a reply's header, "processing requirement".
enum class Requirement : std::uint8_t {
    none = 0,
    parameters = 1,
    sign_in = 3,
    authority_keys = 4,
    applications = 5
};

/// What the terminal does with its host besides transactions: signing in (sign_in.cpp), settling a pending
/// reversal (reversal.cpp), uploading an advice (upload.cpp).
class Online {
  public:
    Online(runtime::Clock& clock, Panel& panel, Journal& journal, Link& link, WorkingKeys& keys,
           const TerminalSettings& settings)
        : clock_(clock), panel_(panel), journal_(journal), link_(link), keys_(keys), settings_(settings) {}

    /// Fetches working keys, batch number and time. None when it is done; after a failure the terminal has no
    /// working keys.
    runtime::Task<std::optional<OnlineFailure>> sign_in();
    /// The working keys or the batch are out of step with the host: nothing is sent before the next sign-in.
    runtime::Task<void> require_sign_in();
    bool signed_in() const noexcept { return keys_.ready(); }

    /// Sends the pending reversal, if there is one, until it is settled or its resends have run out (then it
    /// is dropped and 冲正不成功 shown). A failure means that it is still pending and no transaction may go
    /// before it.
    runtime::Task<std::optional<OnlineFailure>> settle_reversal();

    /// Sends the advice of that STAN (advices.hpp says which and when). None: the host took it or refused it
    /// for good. A failure: it is still due. Whatever it answers that may be otherwise at another time (96,
    /// 91) is one. One of a batch that the host knows no more (77) is put into the batch in force and sent
    /// again.
    runtime::Task<std::optional<OnlineFailure>> upload_advice(std::string stan);
    /// One connection, one request, one reply that belongs to it. Without working keys a request that bears a
    /// MAC is not sent.
    runtime::Task<Result<Reply, OnlineFailure>> exchange(iso8583::Message request,
                                                         Link::Protection protection);
    /// Takes notice of what a reply that was checked wants next.
    void note_requirement(const Reply& reply) noexcept;
    Requirement requirement() const noexcept { return requirement_; }
    void met_requirement() noexcept { requirement_ = Requirement::none; }

    /// What the display says of a failure of the terminal's own.
    OnlineFailure described(std::string_view reason, Text text) const;

  private:
    runtime::Task<std::optional<OnlineFailure>> adopt(const iso8583::Message& reply);
    runtime::Task<std::optional<OnlineFailure>> sign_in_failed(std::string_view outcome,
                                                               OnlineFailure failure);

    runtime::Clock& clock_;
    Panel& panel_;
    Journal& journal_;
    Link& link_;
    WorkingKeys& keys_;
    const TerminalSettings& settings_;
    Requirement requirement_ = Requirement::none;
};

}  // namespace posbench::terminal

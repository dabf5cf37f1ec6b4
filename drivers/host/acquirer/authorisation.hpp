#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bench/runtime/random.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/host/acquirer/checks.hpp"
#include "drivers/host/acquirer/settlement.hpp"

namespace posbench::host {

/// A decision that was taken: the books are already as it says.
struct Outcome {
    iso8583::Message reply;            ///< without field 64
    bool with_mac = false;             ///< field 64 is due
    ByteView header;                   ///< of the frame, in the profile
    std::optional<Posting> posted;     ///< what changed in the ledger
    std::optional<Compared> compared;  ///< the totals of a settlement
};

/// Decides every request: network management (sign_in.hpp), transactions (check_order.cpp has what is asked
/// of each) and settlement (settlement.hpp). Decides at once; when and whether the answer is sent is not its
/// business.
class Authorisation {
  public:
    Authorisation(const Profile& profile, Sessions& sessions, Ledger& ledger, const runtime::Random& random);

    Outcome decide(const Request& request, runtime::WallTime now);
    /// An answer with this code, nothing decided: what a switch says that cannot reach the issuer.
    Outcome refuse_unasked(const Request& request, std::string_view code, runtime::WallTime now);

  private:
    Outcome decide_management(const Request& request, runtime::WallTime now);
    Outcome decide_settlement(const Request& request, runtime::WallTime now);
    Outcome settle_batch(const Request& request, TerminalBatch& batch, runtime::WallTime now);
    Outcome decide_transaction(const Request& request, TransactionType type, runtime::WallTime now);
    void note_upload(const Request& request);
    Outcome approve(Deciding& deciding);
    Outcome refuse(Deciding& deciding, std::string_view code);
    Outcome repeat(const Deciding& deciding);
    static void answer_card(const Deciding& deciding, std::string_view code, iso8583::Message& reply);
    std::optional<Posting> enter_approved(Deciding& deciding, const Transaction& transaction);
    bool file(Transaction& transaction);
    Posting reverse(Transaction& original);
    Outcome answer(const Request& request, std::string_view code, std::string_view rrn,
                   runtime::WallTime now);
    Transaction transaction_of(const Deciding& deciding, std::string_view code, std::string_view rrn) const;
    std::string authorisation_code(const Deciding& deciding);
    std::string next_rrn(runtime::WallTime now);

    const Profile& profile_;
    Sessions& sessions_;
    Ledger& ledger_;
    Issuer issuer_;
    runtime::Random key_random_;
    runtime::Random code_random_;
    std::uint32_t last_rrn_ = 0;
};

}  // namespace posbench::host

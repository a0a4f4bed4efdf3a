"""Chat platforms, an SMS gateway and a mail server on this machine, which refuse, rate-limit, drop, hang and talk nonsense on demand."""

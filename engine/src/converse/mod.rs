//! Speech and retrieval together: ingest documents, ask a question, hear a grounded answer.

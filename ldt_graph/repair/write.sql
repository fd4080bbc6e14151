UPDATE violations SET fix = f.fix, confidence = round(f.confidence, 2) FROM fixed f WHERE violations.rowid = f.id;

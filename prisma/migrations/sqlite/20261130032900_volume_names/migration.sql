-- Lists of volumes are sorted by name.
CREATE INDEX "Volume_name_id_idx" ON "Volume"("name", "id");

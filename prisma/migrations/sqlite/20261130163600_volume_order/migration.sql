-- DropIndex
DROP INDEX "Volume_name_id_idx";

-- CreateIndex
CREATE INDEX "Volume_name_id_phase_idx" ON "Volume"("name", "id", "phase");

-- CreateIndex
CREATE INDEX "Volume_sizeBytes_id_phase_idx" ON "Volume"("sizeBytes", "id", "phase");

-- CreateIndex
CREATE INDEX "Volume_createdAt_id_phase_idx" ON "Volume"("createdAt", "id", "phase");

-- CreateTable
CREATE TABLE "Reach" (
    "id" SERIAL NOT NULL,
    "backendId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "wantedAt" TIMESTAMP(3),
    "checkedAt" TIMESTAMP(3),
    "checkedGeneration" INTEGER,
    "durationMs" INTEGER,
    "failedLayer" TEXT,
    "since" TIMESTAMP(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "layers" JSONB,
    "observedError" TEXT,
    "observedProblem" TEXT,
    "observedValues" JSONB,
    "observedSaid" TEXT,

    CONSTRAINT "Reach_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Reach_backendId_hostId_key" ON "Reach"("backendId", "hostId");

-- CreateIndex
CREATE INDEX "Reach_hostId_idx" ON "Reach"("hostId");

-- CreateIndex
CREATE INDEX "Reach_wantedAt_idx" ON "Reach"("wantedAt");

-- CreateIndex
CREATE INDEX "Reach_failures_idx" ON "Reach"("failures");

-- AddForeignKey
ALTER TABLE "Reach" ADD CONSTRAINT "Reach_backendId_fkey" FOREIGN KEY ("backendId") REFERENCES "Backend"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Reach" ADD CONSTRAINT "Reach_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE CASCADE ON UPDATE CASCADE;

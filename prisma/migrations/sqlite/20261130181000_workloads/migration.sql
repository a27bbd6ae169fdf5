-- CreateTable
CREATE TABLE "Workload" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "hostId" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "nativeId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "nameKey" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "image" TEXT,
    "storage" JSONB NOT NULL,
    "storageCount" INTEGER NOT NULL,
    "problem" TEXT,
    "firstSeenAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "changedAt" DATETIME NOT NULL,
    CONSTRAINT "Workload_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "WorkloadUse" (
    "workloadId" TEXT NOT NULL,
    "usedId" TEXT NOT NULL,

    PRIMARY KEY ("workloadId", "usedId"),
    CONSTRAINT "WorkloadUse_workloadId_fkey" FOREIGN KEY ("workloadId") REFERENCES "Workload" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "Workload_nameKey_id_idx" ON "Workload"("nameKey", "id");

-- CreateIndex
CREATE INDEX "Workload_hostId_idx" ON "Workload"("hostId");

-- CreateIndex
CREATE INDEX "WorkloadUse_usedId_idx" ON "WorkloadUse"("usedId");
